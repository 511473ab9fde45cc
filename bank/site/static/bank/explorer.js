"use strict";

// Starts Swagger UI from the data attributes of its box; nothing about it is written into the page itself.
const box = document.getElementById("explorer");

const explorer = SwaggerUIBundle({
  url: box.dataset.schema,
  domNode: box,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  oauth2RedirectUrl: box.dataset.redirect,
  validatorUrl: null,
  persistAuthorization: false,
});

if (box.dataset.client) {
  explorer.initOAuth({
    clientId: box.dataset.client,
    scopes: box.dataset.scope,
    usePkceWithAuthorizationCodeGrant: true,
  });
}
