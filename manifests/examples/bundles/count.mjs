// A program without a default export: it is run, with the container's args.
import { readFileSync } from "node:fs";

for (const path of Deno.args) {
  const words = readFileSync(path, "utf8").split(/\s+/).filter(Boolean);
  const line = `${path}: ${words.length} words`;
  console.log(line);
  Deno.writeTextFileSync("/result/count", `${line}\n`, { append: true });
}
