// Starts Swagger UI with the documents that /swagger/config.json lists.
"use strict";

(function () {
  const site = new URLSearchParams(location.search).get("site");
  const config = "/swagger/config.json" + (site ? "?site=" + encodeURIComponent(site) : "");

  // Each document has a security scheme of its own, whose x-preselect names the scopes that are ticked at first.
  function preselected(doc) {
    const schemes = (doc && doc.components && doc.components.securitySchemes) || {};
    return Object.values(schemes).flatMap((s) => s["x-preselect"] || []);
  }

  function start(c) {
    const login = (scopes) => ({
      clientId: c.clientId,
      appName: "Chartwright API",
      scopes: scopes,
      usePkceWithAuthorizationCodeGrant: true,
      additionalQueryStringParams: { aud: c.aud },
    });
    const scopesOfDocument = () => ({
      statePlugins: {
        spec: {
          wrapActions: {
            updateJsonSpec: (original, system) => (doc) => {
              system.authActions.configureAuth(login(preselected(doc)));
              return original(doc);
            },
          },
        },
      },
    });
    window.ui = SwaggerUIBundle({
      urls: c.urls,
      dom_id: "#swagger-ui",
      deepLinking: true,
      docExpansion: "none",
      defaultModelsExpandDepth: -1,
      displayRequestDuration: true,
      filter: true,
      validatorUrl: null,
      oauth2RedirectUrl: location.origin + "/swagger/oauth2-redirect.html",
      presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
      plugins: [scopesOfDocument],
      layout: "StandaloneLayout",
    });
    window.ui.initOAuth(login([]));
  }

  fetch(config)
    .then((r) => (r.ok ? r.json() : Promise.reject(new Error("HTTP " + r.status))))
    .then(start)
    .catch((err) => {
      document.getElementById("swagger-ui").textContent = "The documents cannot be shown: " + err.message;
    });
})();
