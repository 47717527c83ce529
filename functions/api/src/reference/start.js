// The description is beside the page; nothing is asked of anybody else, not even whether the description is valid.
SwaggerUIBundle({
  url: "openapi",
  dom_id: "#reference",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  validatorUrl: null,
});
