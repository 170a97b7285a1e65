import assert from "node:assert/strict";
import { keepFile } from "./keep_file.ts";

function diskWith(files: Record<string, string>) {
  const writes: string[] = [];
  return {
    writes,
    read: (path: string) => {
      const text = files[path];
      if (text === undefined) return Promise.reject(new Error("No such file"));
      return Promise.resolve(new TextEncoder().encode(text));
    },
    writeAtomic: (path: string) => {
      writes.push(path);
      return Promise.resolve();
    },
  };
}

Deno.test("keepFile() writes what is missing or different, and nothing else", async () => {
  const disk = diskWith({ "/same": "text", "/other": "tex!" });
  for (const path of ["/same", "/other", "/none"]) {
    await keepFile(disk, path, "text");
  }
  await keepFile(disk, "/same", new TextEncoder().encode("text"));
  assert.deepEqual(disk.writes, ["/other", "/none"]);
});
