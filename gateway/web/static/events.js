// @ts-check
// Server-sent events over fetch: EventSource can neither ask for another page of the
// same URL with its own Accept header nor be told apart from a page that is an error.

/**
 * Reads `response` as events until it ends, and gives each to `take`.
 * @param {Response} response
 * @param {(name: string, data: string) => void} take
 */
export async function readEvents(response, take) {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    rest += value ?? "";
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) takeBlock(block, take);
    if (done) return;
  }
}

/**
 * @param {string} block
 * @param {(name: string, data: string) => void} take
 */
function takeBlock(block, take) {
  let name = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) name = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  if (data.length > 0) take(name, data.join("\n"));
}
