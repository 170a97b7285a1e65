import { deepStrictEqual, rejects } from "node:assert/strict";
import { HostError } from "../base/host.ts";
import type { Host } from "../base/host.ts";
import { readManifests } from "./manifests.ts";

function io(files: Record<string, string>, input = "") {
  const disk = {
    stat: (path: string) => {
      const isFile = path in files;
      const isDirectory = Object.keys(files).some((f) =>
        f.startsWith(path + "/")
      );
      if (!isFile && !isDirectory) throw new HostError("not-found", path);
      return Promise.resolve({ isFile, isDirectory, isSymlink: false });
    },
    list: (path: string) =>
      Promise.resolve(
        [
          ...new Set(
            Object.keys(files).filter((f) => f.startsWith(path + "/")).map((
              f,
            ) => f.slice(path.length + 1).split("/")[0]!),
          ),
        ].sort(),
      ),
    readText: (path: string) => Promise.resolve(files[path]!),
  };
  return {
    host: { disk } as unknown as Host,
    terminal: {
      out: () => Promise.resolve(),
      err: () => {},
      readInput: () => Promise.resolve(input),
      interactive: false,
    },
    cwd: "/dir",
  };
}

const pod = (name: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n`;
const names = (list: { object: { metadata: { name?: string } } }[]) =>
  list.map(({ object }) => object.metadata.name);

Deno.test("readManifests() reads documents, folders and lists in order", async () => {
  const found = await readManifests(
    io({
      "/dir/a.yaml": pod("a") + "---\n" + pod("b") + "---\n",
      "/dir/sub/2.json":
        '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"d"}}]}',
      "/dir/sub/1.yml": pod("c"),
      "/dir/sub/notes.txt": "not read",
      "/dir/sub/deep/x.yaml": pod("e"),
    }),
    { files: ["a.yaml", "sub"] },
  );
  deepStrictEqual(names(found), ["a", "b", "c", "d"]);
});

Deno.test("readManifests() reads standard input for -", async () => {
  deepStrictEqual(
    names(await readManifests(io({}, pod("x")), { files: ["-"] })),
    ["x"],
  );
});

Deno.test("readManifests() says which file is missing, broken or no object", async () => {
  await rejects(readManifests(io({}), { files: ["no.yaml"] }), {
    message: 'the path "no.yaml" does not exist',
  });
  await rejects(
    readManifests(io({ "/dir/a.yaml": "a: [1" }), { files: ["a.yaml"] }),
    /error parsing a\.yaml/,
  );
  await rejects(
    readManifests(io({ "/dir/a.yaml": "metadata: {}" }), {
      files: ["a.yaml"],
    }),
    /Object 'Kind' is missing/,
  );
  await rejects(
    readManifests(io({ "/dir/a.yaml": "" }), { files: ["a.yaml"] }),
    { message: "no objects passed" },
  );
});
