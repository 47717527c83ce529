//! The routes of every resource, with their descriptions: they differ in names and in what a resource adds.

use std::sync::Arc;

use aws::Context;
use axum::routing::{self, MethodRouter};
use schemars::JsonSchema;
use utoipa::{
    IntoParams, IntoResponses, PartialSchema,
    openapi::{
        ContentBuilder, HeaderBuilder, HttpMethod, Paths, Ref, Required, ResponseBuilder,
        path::{Operation, OperationBuilder, Parameter, ParameterBuilder, ParameterIn},
        request_body::{RequestBody, RequestBodyBuilder},
        schema::{Array, KnownFormat, ObjectBuilder, SchemaFormat, SchemaType, Type},
    },
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::{
    handlers,
    resource::{Delete, Edit, List, Resource, SavedOrDryRun},
};
use crate::{
    describe::{CreateProblems, DeleteProblems, ListProblems, ReadOneProblems, Routes, UpdateProblems},
    dry_run::DryRunReport,
    extract::{DryRun, MERGE_PATCH},
    page,
};

const JSON: &str = "application/json";

/// Lists, reads and deletes.
pub fn readable_routes<R: List + Delete>() -> Routes {
    let one = format!("{}/{{id}}", R::PATH);
    OpenApiRouter::new()
        .routes(route(R::PATH, HttpMethod::Get, list::<R>(), routing::get(handlers::list::<R>)))
        .routes(route(&one, HttpMethod::Get, read::<R>(), routing::get(handlers::read::<R>)))
        .routes(route(&one, HttpMethod::Delete, delete::<R>(), routing::delete(handlers::delete::<R>)))
}

/// Lists, creates, reads, replaces, changes and deletes.
pub fn routes<R: List + Delete + Edit>() -> Routes {
    let one = format!("{}/{{id}}", R::PATH);
    let routes = readable_routes::<R>()
        .routes(route(R::PATH, HttpMethod::Post, create::<R>(), routing::post(handlers::create::<R>)))
        .routes(route(&one, HttpMethod::Patch, change::<R>(), routing::patch(handlers::change::<R>)));
    if R::REPLACE {
        routes.routes(route(&one, HttpMethod::Put, replace::<R>(), routing::put(handlers::replace::<R>)))
    } else {
        routes
    }
}

fn route(
    path: &str,
    method: HttpMethod,
    operation: OperationBuilder,
    handler: MethodRouter<Arc<Context>>,
) -> UtoipaMethodRouter<Arc<Context>> {
    let mut paths = Paths::new();
    paths.add_path_operation(path, vec![method], Operation::from(operation));
    (Vec::new(), paths, handler)
}

/// An operation of this verb: `list` on `tenants`, `get` on a `tenant`. `summary` is the verb for people.
fn operation<R: Resource>(verb: &str, summary: &str, several: bool) -> OperationBuilder {
    let noun = if several { R::collection() } else { R::KIND };
    let article = if several { "" } else { "a " };
    let (first, rest) = noun.split_at(1);
    OperationBuilder::new()
        .tag(R::collection())
        .operation_id(Some(format!("{verb}{}{rest}", first.to_uppercase())))
        .summary(Some(format!("{summary} {article}{noun}")))
}

fn list<R: List>() -> OperationBuilder {
    let page = ResponseBuilder::new()
        .description(format!("The {}.", R::collection()))
        .content(JSON, ContentBuilder::new().schema(Some(Array::new(reference::<R::Out>()))).build())
        .header("Link", header("The next page, if there is one."))
        .header("X-Next-Cursor", header("The cursor of the next page, if there is one."));
    operation::<R>("list", "List", true)
        .description(Some(R::LIST_TEXT))
        .parameters(Some(R::Filter::into_params(|| Some(ParameterIn::Query)).into_iter().chain(paging::<R>())))
        .responses_of::<ListProblems>()
        .response("200", page.build())
}

fn create<R: Edit>() -> OperationBuilder {
    let created = body::<R::Out>("Created.").header("Location", header("Its address."));
    let operation = operation::<R>("create", "Create", false)
        .description(R::CREATE_TEXT)
        .request_body(Some(request_body::<R::In>(&[JSON])))
        .responses_of::<CreateProblems>()
        .response("201", created.header("ETag", header("Its version.")).build());
    if R::DRY_RUN {
        let tried = body::<DryRunReport>("Only tried (`dryRun`).").build();
        operation.parameters(Some(dry_run())).response("200", tried)
    } else {
        operation
    }
}

fn read<R: Resource>() -> OperationBuilder {
    let found = body::<R::Out>(&format!("The {}.", R::KIND)).header("ETag", header("Its version."));
    operation::<R>("get", "Read", false)
        .parameter(id::<R>())
        .responses_of::<ReadOneProblems>()
        .response("200", found.build())
}

fn replace<R: Edit>() -> OperationBuilder {
    let body = request_body::<R::In>(&[JSON]);
    update::<R>("replace", "Replace", "Replaced").description(Some(R::REPLACE_TEXT)).request_body(Some(body))
}

fn change<R: Edit>() -> OperationBuilder {
    let body = request_body::<R::Patch>(&[MERGE_PATCH, JSON]);
    update::<R>("change", "Change", "Changed").description(Some(R::CHANGE_TEXT)).request_body(Some(body))
}

fn update<R: Edit>(verb: &str, summary: &str, done: &str) -> OperationBuilder {
    let operation = operation::<R>(verb, summary, false).parameter(id::<R>()).parameter(if_match());
    let (operation, updated) = if R::DRY_RUN {
        let text = format!("{done}; or only tried (`dryRun`).");
        let operation = dry_run().into_iter().fold(operation, OperationBuilder::parameter);
        (operation, body::<SavedOrDryRun<R::Out>>(&text))
    } else {
        (operation, body::<R::Out>(&format!("{done}.")))
    };
    operation.responses_of::<UpdateProblems>().response("200", updated.header("ETag", header("Its version.")).build())
}

fn delete<R: Delete>() -> OperationBuilder {
    operation::<R>("delete", "Delete", false)
        .description(Some(R::DELETE_TEXT))
        .parameter(id::<R>())
        .parameter(if_match())
        .responses_of::<DeleteProblems>()
        .response("204", ResponseBuilder::new().description("Deleted.").build())
}

/// `OperationBuilder` takes answers one by one.
trait ResponsesOf {
    fn responses_of<I: IntoResponses>(self) -> Self;
}

impl ResponsesOf for OperationBuilder {
    fn responses_of<I: IntoResponses>(self) -> Self {
        I::responses().into_iter().fold(self, |operation, (status, response)| operation.response(status, response))
    }
}

fn reference<T: JsonSchema>() -> Ref {
    Ref::from_schema_name(T::schema_name())
}

fn body<T: JsonSchema>(description: &str) -> ResponseBuilder {
    let content = ContentBuilder::new().schema(Some(reference::<T>())).build();
    ResponseBuilder::new().description(description).content(JSON, content)
}

fn request_body<T: JsonSchema>(media_types: &[&str]) -> RequestBody {
    let content = || ContentBuilder::new().schema(Some(reference::<T>())).build();
    let body = RequestBodyBuilder::new().required(Some(Required::True));
    media_types.iter().fold(body, |body, media_type| body.content(*media_type, content())).build()
}

fn header(description: &str) -> utoipa::openapi::Header {
    HeaderBuilder::new().description(Some(description)).schema(Some(String::schema())).build()
}

fn id<R: Resource>() -> Parameter {
    ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(format!("The {}'s {}.", R::KIND, R::ID)))
        .schema(Some(String::schema()))
        .build()
}

/// Order and page of a list.
fn paging<R: List>() -> [Parameter; 3] {
    let words: Vec<String> = R::SORTS.iter().flat_map(|sort| [(*sort).to_owned(), format!("-{sort}")]).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let limit = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
        .minimum(Some(1))
        .maximum(Some(page::MAX))
        .default(Some(page::DEFAULT.into()));
    let parameter =
        |name: &str| ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).required(Required::False);
    [
        parameter("sort").schema(Some(page::words(&words))).build(),
        parameter("limit")
            .description(Some(format!("Most {} in the answer.", R::collection())))
            .schema(Some(limit))
            .build(),
        parameter("cursor")
            .description(Some("Where to go on: `X-Next-Cursor` of the page before."))
            .schema(Some(String::schema()))
            .build(),
    ]
}

fn if_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some("The `ETag` of the version that is meant."))
        .schema(Some(ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null]))))
        .build()
}

fn dry_run() -> Vec<Parameter> {
    DryRun::into_params(|| Some(ParameterIn::Query))
}
