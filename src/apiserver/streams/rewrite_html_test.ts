import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { concat, decodeText, encodeText } from "../../base/bytes.ts";
import { isPage, rewritePage } from "./rewrite_html.ts";

function streamOf(
  bytes: Uint8Array<ArrayBuffer>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return ReadableStream.from([bytes.slice(0, 10), bytes.slice(10)]);
}

async function rewritten(
  bytes: Uint8Array<ArrayBuffer>,
  headers: Headers = new Headers(),
): Promise<Uint8Array> {
  const page = await rewritePage(
    streamOf(bytes),
    headers,
    (url) => url.startsWith("/") ? `/proxy${url}` : url,
  );
  return page instanceof Uint8Array
    ? page
    : concat(await Array.fromAsync(page));
}

Deno.test("rewritePage() changes the URLs of tags, and nothing else", async () => {
  const page = `<!doctype html><a href="/x?a=b&amp;c">/y</a>
<img src='/i.png' alt="/no"><script src=/s.js></script>
<form method=post action = "/f"><a title=">" href="rel">href="/text"</a>
<a data-href="/no" href="https://x.example/">ä</a><p>a < b href="/no"</p>`;
  assert.equal(
    decodeText(await rewritten(encodeText(page))),
    page.replace('"/x', '"/proxy/x').replace("'/i", "'/proxy/i")
      .replace("=/s", "=/proxy/s").replace('"/f', '"/proxy/f'),
  );
});

Deno.test("rewritePage() unpacks gzip, and forgets what is no longer true", async () => {
  const headers = new Headers({
    "content-type": "text/html; charset=utf-8",
    "content-encoding": "gzip",
    "content-length": "30",
  });
  assert.ok(isPage(headers));
  const packed = new Uint8Array(gzipSync('<a href="/x">'));
  const page = await rewritten(packed, headers);
  assert.equal(decodeText(page), '<a href="/proxy/x">');
  assert.deepEqual([...headers.keys()], ["content-type"]);
});

Deno.test("rewritePage() passes every byte of a giant page on as it is", async () => {
  const page = new Uint8Array(9 * 1024 * 1024).fill(0x2f);
  page.set(encodeText('<a href="/x">'));
  const passed = await rewritten(page);
  assert.ok(passed.length === page.length);
  assert.ok(passed.every((byte, i) => byte === page[i]));
});

Deno.test("isPage() leaves what is no HTML, or packed in another way", () => {
  for (
    const headers of [
      { "content-type": "application/json" },
      {},
      { "content-type": "text/html", "content-encoding": "br" },
      { "content-type": "text/html", "content-length": "100000000" },
    ]
  ) {
    assert.ok(!isPage(new Headers(headers)));
  }
});
