/**
 * Generates `agent/runtime/containerd/gen/` again, from the CRI's interface definition (Go module k8s.io/cri-api) and our excerpt of
 * containerd's event service. Needs go and npm; works in a temporary folder. Run it when {@linkcode CRI_API} changes:
 * `deno run -A tools/generate_cri.ts`.
 *
 * @module
 */

import { join } from "node:path";
import { runCommand } from "./run_command.ts";

/** Version of k8s.io/cri-api that the client speaks. */
const CRI_API = "v0.36.1";

/** The plugin's version goes with @bufbuild/protobuf in deno.json. */
const PACKAGES = ["@bufbuild/buf@1.75.0", "@bufbuild/protoc-gen-es@2.17.0"];

const TARGET =
  new URL("../agent/runtime/containerd/gen/", import.meta.url).pathname;

/** Writes the generated files. */
export async function generateCri(): Promise<void> {
  const folder = await Deno.makeTempDir();
  const run = async (program: string, ...args: string[]) => {
    const result = await runCommand(program, { args, cwd: folder });
    if (result.code === 0) return result.stdout;
    throw new Error(`Cannot run ${program}: ${result.stderr.trim()}`);
  };
  try {
    const module = JSON.parse(
      await run("go", "mod", "download", "-json", `k8s.io/cri-api@${CRI_API}`),
    );
    await Deno.mkdir(join(folder, "proto"));
    await Deno.copyFile(
      join(module.Dir, "pkg/apis/runtime/v1/api.proto"),
      join(folder, "proto/cri.proto"),
    );
    await Deno.copyFile(
      join(TARGET, "containerd_events.proto"),
      join(folder, "proto/containerd_events.proto"),
    );
    await Deno.writeTextFile(join(folder, "package.json"), "{}");
    await run("npm", "install", "--no-audit", "--no-fund", ...PACKAGES);
    await Deno.writeTextFile(
      join(folder, "buf.yaml"),
      JSON.stringify({ version: "v2", modules: [{ path: "proto" }] }),
    );
    await Deno.writeTextFile(
      join(folder, "buf.gen.yaml"),
      JSON.stringify({
        version: "v2",
        plugins: [{
          local: ["node_modules/.bin/protoc-gen-es"],
          out: "out",
          opt: ["target=ts", "import_extension=ts"],
        }],
      }),
    );
    await run("node_modules/.bin/buf", "generate");
    for (const name of ["cri_pb.ts", "containerd_events_pb.ts"]) {
      const text = await Deno.readTextFile(join(folder, "out", name));
      await Deno.writeTextFile(
        join(TARGET, name),
        `// deno-lint-ignore-file\n// deno-fmt-ignore-file\n${text}`,
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) await generateCri();
