// @ts-check
// GraphiQL puts rendered Markdown of the schema into the page by itself. The schema is the
// gateway's own text, and Markdown's raw HTML is off there, so that nothing of others gets in.
if (window.trustedTypes) {
  window.trustedTypes.createPolicy("default", { createHTML: (html) => html });
}
