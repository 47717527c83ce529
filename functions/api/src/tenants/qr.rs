//! A tenant's QR code: whoever reads it with their telephone begins a conversation.

use std::{fmt::Write, sync::Arc};

use aws::{Context, tenant::Tenant};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contract::TenantId;
use http::{HeaderMap, HeaderValue, header};
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;

use crate::{
    auth::Caller,
    describe,
    extract::{Id, Query},
    problem::{Problem, ProblemKind},
};

/// White around the code, in modules, as the standard wants it.
const QUIET: usize = 4;
/// A module of a PNG, in pixels.
const MODULE: usize = 8;

/// What the code is drawn as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ImageFormat {
    /// A raster image.
    Png,
    /// A vector image.
    Svg,
}

/// How the code is wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", default)]
pub struct QrCodeQuery {
    /// `png` or `svg`; without it what the header `Accept` prefers, else `png`.
    #[param(inline)]
    pub format: Option<ImageFormat>,
}

/// Draw a tenant's QR code
///
/// Leads to the channel's account: a guest who reads it with their telephone can write at once. Only for channels whose
/// network has such links (LINE).
#[utoipa::path(
    get, path = "/api/v1/tenants/{id}/qr", tag = "tenants", operation_id = "getTenantQrCode",
    params(("id" = String, Path, description = "The tenant's id."), QrCodeQuery),
    responses(
        (status = 200, description = "The code.", content(
            (String = "image/png"),
            (String = "image/svg+xml"),
        )),
        describe::FilteredReadOneProblems,
    ),
)]
pub async fn draw(
    State(context): State<Arc<Context>>,
    _: Caller,
    Id(id): Id<TenantId>,
    Query(QrCodeQuery { format }): Query<QrCodeQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("tenant");
    // Closed: what is secret does not lead to an account.
    let tenant = context.configuration.get_closed::<Tenant>(id.as_str()).await?.ok_or_else(missing)?.value;
    let channel = registry::find_channel(&tenant.messaging.connector);
    let link = channel.and_then(|channel| channel.invitation(&tenant.messaging.settings.0));
    let link = link.ok_or_else(|| Problem::not_found("QR code: the tenant's channel has none"))?;
    let code = QrCode::with_error_correction_level(link.as_bytes(), EcLevel::M).map_err(|error| {
        tracing::error!(%error, "a QR code cannot be drawn");
        Problem::new(ProblemKind::Internal, "The code cannot be drawn.")
    })?;
    let (media_type, body) = match format.unwrap_or_else(|| preferred(&headers)) {
        ImageFormat::Svg => ("image/svg+xml", svg(&code).into_bytes()),
        ImageFormat::Png => ("image/png", png(&code)?),
    };
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], body).into_response())
}

/// An image element asks for many types at once, and can show both; who wants SVG alone names nothing else.
fn preferred(headers: &HeaderMap) -> ImageFormat {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first = accepted.split([',', ';']).next().unwrap_or_default().trim();
    if first.eq_ignore_ascii_case("image/svg+xml") { ImageFormat::Svg } else { ImageFormat::Png }
}

/// Whether the module of this column and row is dark; none of the quiet zone is.
fn dark(code: &QrCode, x: usize, y: usize) -> bool {
    let inside = |at: usize| (QUIET..QUIET + code.width()).contains(&at);
    inside(x) && inside(y) && code[(x - QUIET, y - QUIET)] == Color::Dark
}

fn svg(code: &QrCode) -> String {
    let side = code.width() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..side {
        for x in (0..side).filter(|x| dark(code, *x, y)) {
            // Writing to a string does not fail.
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\"/></svg>\n"
    )
}

fn png(code: &QrCode) -> Result<Vec<u8>, Problem> {
    let side = (code.width() + 2 * QUIET) * MODULE;
    let mut pixels = Vec::with_capacity(side * side);
    for y in 0..side {
        pixels.extend((0..side).map(|x| if dark(code, x / MODULE, y / MODULE) { 0_u8 } else { 255 }));
    }
    let (mut bytes, side) = (Vec::new(), u32::try_from(side).unwrap_or(u32::MAX));
    PngEncoder::new(&mut bytes).write_image(&pixels, side, side, ExtendedColorType::L8).map_err(|error| {
        tracing::error!(%error, "a QR code cannot be drawn");
        Problem::new(ProblemKind::Internal, "The code cannot be drawn.")
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_forms_show_the_same_code() {
        let code = QrCode::with_error_correction_level(b"https://line.me/R/ti/p/%40acme", EcLevel::M).unwrap();
        let picture = image::load_from_memory(&png(&code).unwrap()).unwrap().into_luma8();
        let svg = svg(&code);
        let side = code.width() + 2 * QUIET;
        assert_eq!(picture.width() as usize, side * MODULE);
        for y in 0..side {
            for x in 0..side {
                let pixel = picture.get_pixel((x * MODULE) as u32, (y * MODULE) as u32).0[0];
                assert_eq!(pixel == 0, svg.contains(&format!("M{x} {y}h1")), "{x}, {y}");
            }
        }
        // The finder pattern in the corner, and white around it.
        assert!(dark(&code, QUIET, QUIET) && !dark(&code, QUIET - 1, QUIET) && !dark(&code, QUIET + 7, QUIET));
    }
}
