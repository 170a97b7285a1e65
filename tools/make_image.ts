/**
 * Makes the demo's and the tests' container images on the spot, out of Debian's static busybox: no registry, no image builder.
 *
 * Also a program: `deno run -A tools/make_image.ts http-echo FILE.tar`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { goArchitecture } from "../agent/runtime/elf.ts";
import {
  type ImageRecipe,
  makeOciArchive,
} from "../agent/runtime/containerd/oci_archive.ts";
import type { TarEntry } from "../agent/runtime/containerd/tar_writer.ts";
import { setup } from "./setup.ts";

/** The container form of the WASM guest `http_echo`. */
export const HTTP_ECHO_IMAGE = "wherry.local/http-echo:1";

/** A shell and the usual small tools, for tests. */
export const BUSYBOX_IMAGE = "wherry.local/busybox:1";

/** Names by which {@linkcode makeImage} knows its recipes. */
export type ImageName = keyof typeof RECIPES;

/** Commands that scripts in our images call by name. */
const COMMANDS = [
  ...["sh", "cat", "cp", "date", "dd", "echo", "env", "false", "grep", "head"],
  ...["hostname", "httpd", "id", "ip", "kill", "ls", "mkdir", "nc", "ping"],
  ...["printf", "ps", "rm", "seq", "sleep", "tail", "touch", "tr", "true"],
  ...["usleep", "wc", "wget", "yes"],
];

/**
 * Runs the server and ends it so that no request is lost: at TERM it goes on for a moment, for connections that were on their way
 * when the pod left its services, then stops listening and waits for the requests that still run.
 * (As process number 1 the server itself would not even hear the signal.)
 */
const SERVE = `#!/bin/sh
httpd -f -p "\${PORT:-8080}" -h /www &
server=$!
trap 'stopping=1' TERM INT
wait $server
status=$?
[ "$stopping" ] || exit $status
usleep 300000
kill $server
wait $server
while busy=; do
  for stat in /proc/[0-9]*/stat; do
    # Requests are processes whose parent is gone; a zombie is a finished one.
    read -r pid name state parent rest 2>/dev/null < "$stat" || continue
    [ "$name" = "(httpd)" ] && [ "$state" != Z ] && busy=1
  done
  [ "$busy" ] || exit 0
  usleep 20000
done
`;

const HELLO = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\nhello from %s\\n' "\${POD_NAME:-?}"
`;

/** \`/cgi-bin/sleep?250\` answers after 250 ms, to see requests finish while a pod stops. */
const SLEEP = `#!/bin/sh
usleep "\${QUERY_STRING:-0}000"
printf 'Content-Type: text/plain\\r\\n\\r\\nhello from %s, asked for /sleep/%s\\n' "\${POD_NAME:-?}" "$QUERY_STRING"
`;

const RECIPES = {
  "http-echo": (
    base: readonly TarEntry[],
  ): Omit<ImageRecipe, "architecture"> => ({
    name: HTTP_ECHO_IMAGE,
    files: [
      ...base,
      { path: "serve", content: SERVE, mode: 0o755 },
      { path: "www" },
      { path: "www/healthz", content: "ok\n" },
      { path: "www/cgi-bin" },
      // busybox httpd runs it for a folder without index.html.
      { path: "www/cgi-bin/index.cgi", content: HELLO, mode: 0o755 },
      { path: "www/cgi-bin/sleep", content: SLEEP, mode: 0o755 },
    ],
    entrypoint: ["/serve"],
    exposedPorts: ["8080/tcp"],
  }),
  busybox: (base: readonly TarEntry[]): Omit<ImageRecipe, "architecture"> => ({
    name: BUSYBOX_IMAGE,
    files: base,
    entrypoint: [],
    cmd: ["sh"],
  }),
} as const;

/** An OCI archive with the image. @param busybox path of a statically linked one */
export async function makeImage(
  name: ImageName,
  busybox: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const base: TarEntry[] = [
    { path: "bin" },
    { path: "bin/busybox", content: await Deno.readFile(busybox), mode: 0o755 },
    ...COMMANDS.map((command) => ({
      path: `bin/${command}`,
      linkTarget: "busybox",
    })),
    { path: "tmp", mode: 0o1777 },
  ];
  return makeOciArchive({
    ...RECIPES[name](base),
    architecture: goArchitecture(Deno.build.arch),
  }, (data) => createHash("sha256").update(data).digest());
}

/** Writes the OCI archive with {@linkcode HTTP_ECHO_IMAGE} to a file. */
export async function makeHttpEchoImage(
  path: string,
  options: { readonly busybox: string },
): Promise<void> {
  await Deno.writeFile(path, await makeImage("http-echo", options.busybox));
}

if (import.meta.main) {
  const [name, file] = Deno.args;
  if (!name || !(name in RECIPES) || !file) {
    console.error(
      `Usage: make_image.ts ${Object.keys(RECIPES).join("|")} FILE.tar`,
    );
    Deno.exit(2);
  }
  const { busybox, skipped } = await setup({ want: ["busybox"] });
  if (!busybox) {
    console.error(`Cannot make the image: ${skipped[0]?.why}`);
    Deno.exit(1);
  }
  await Deno.writeFile(file, await makeImage(name as ImageName, busybox));
}
