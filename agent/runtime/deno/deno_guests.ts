/**
 * Bundles for tests.
 *
 * @module
 */

/** Does what its arguments say, word by word. */
const EXERCISER = `
const words = [...Deno.args];
const next = () => words.shift();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const text = new TextEncoder();
const write = (stream, line) => stream.writeSync(text.encode(line));
for (let word = next(); word !== undefined; word = next()) {
  if (word === "print") write(Deno.stdout, next() + "\\n");
  else if (word === "error") write(Deno.stderr, next() + "\\n");
  else if (word === "sleep") await sleep(Number(next()));
  else if (word === "exit") Deno.exit(Number(next()));
  else if (word === "read") write(Deno.stdout, Deno.readTextFileSync(next()));
  else if (word === "write") Deno.writeTextFileSync(next(), next());
  else if (word === "throw") throw new Error(next());
  else if (word === "env") {
    for (const [name, value] of Object.entries(Deno.env.toObject())) {
      write(Deno.stdout, name + "=" + value + "\\n");
    }
  } else if (word === "trap") {
    Deno.addSignalListener("SIGTERM", async () => {
      write(Deno.stdout, "got SIGTERM\\n");
      await sleep(200);
      write(Deno.stdout, "done\\n");
      Deno.exit(5);
    });
  } else if (word === "hoard") {
    const hoard = [];
    for (;;) hoard.push(new Uint8Array(1 << 20).fill(1));
  } else if (word === "litter") {
    const hoard = [];
    for (;;) hoard.push({ some: "object", of: [hoard.length] });
  } else if (word === "spin") {
    for (;;);
  } else throw new Error("What is " + word + "?");
}
export {};
`;

/** Answers with the request's path and the variable POD_NAME. */
const ECHO = `
export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    return new Response((Deno.env.get("POD_NAME") ?? "") + pathname + "\\n");
  },
};
`;

/** The guests, by file name. */
export const GUESTS: Readonly<Record<string, string>> = {
  "exerciser.mjs": EXERCISER,
  "echo.js": ECHO,
};
