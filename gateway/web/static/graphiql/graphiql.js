// @ts-check
// GraphiQL over our own /graphql: answers as JSON, subscriptions as server-sent events.

const EXAMPLES = `# The talk's own:
mutation {
  createDatalab(sapId: "sepp/jupyterlab:v1") {
    datalab {
      id, base
    }
  }
}

# query { datalabs { id, base, state } }
# mutation { destroyDatalab(cid: "...") { datalab { id, state } } }
# subscription { datalabEvents(id: "...") { event { at, state, words } } }
`;

/** Whether the operation that would run is a subscription. */
function isSubscription(parameters, options) {
  const definitions = options?.documentAST?.definitions ?? [];
  const operations = definitions.filter((one) => one.kind === "OperationDefinition");
  const named = operations.find((one) => one.name?.value === parameters.operationName);
  return (named ?? operations[0])?.operation === "subscription";
}

/** Asks, as JSON or as a stream. */
function fetcher(parameters, options) {
  return isSubscription(parameters, options) ? stream(parameters) : once(parameters);
}

function post(parameters, accept, signal) {
  const headers = { "content-type": "application/json", accept };
  return fetch("/graphql", { method: "POST", headers, body: JSON.stringify(parameters), signal });
}

async function once(parameters) {
  const answer = await post(parameters, "application/json");
  return answer.json();
}

/** Results of a subscription, one after another; leaving the loop closes the stream. */
async function* stream(parameters) {
  const abort = new AbortController();
  try {
    const answer = await post(parameters, "text/event-stream", abort.signal);
    if (!answer.headers.get("content-type")?.startsWith("text/event-stream")) {
      yield await answer.json();
      return;
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (text + value).split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const lines = block.split("\n");
        const field = (name) =>
          lines
            .filter((line) => line.startsWith(`${name}:`))
            .map((line) => line.slice(name.length + 1).replace(/^ /, ""))
            .join("\n");
        if (field("event") === "complete") return;
        if (field("event") === "next") yield JSON.parse(field("data"));
      }
    }
  } finally {
    abort.abort();
  }
}

const root = document.getElementById("graphiql");
if (root) {
  const { React, ReactDOM, GraphiQL } = window;
  const explorer = React.createElement(GraphiQL, { fetcher, defaultQuery: EXAMPLES });
  ReactDOM.createRoot(root).render(explorer);
}
