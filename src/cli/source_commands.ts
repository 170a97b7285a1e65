/**
 * The verbs from source to edge, with their flags. The work is in `commands/`, loaded when asked for.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { BuildFlags } from "./commands/build.ts";
import type { PushFlags } from "./commands/push.ts";
import type { RunCommand } from "./run.ts";

const FILE = "a .ts, .tsx, .js, .mjs, .wat or .wasm file";

/** Adds build, push, pull and image. */
export function addSourceCommands(program: Command, run: RunCommand): void {
  program.commandsGroup("From source to edge:");
  addBuild(program, run);
  addPush(program, run);
  addImage(program, run);
}

function withBuildFlags(command: Command): Command {
  return command
    .addOption(
      new Option("--target <target>", "what scripts are built for")
        .choices(["deno", "wasi-http"]),
    )
    .addOption(
      new Option(
        "--entry <how>",
        "serve: answer HTTP by the default export; run: a program (default: serve with a default export)",
      ).choices(["serve", "run"]),
    )
    .option("--minify", "smaller; traces lose the names of functions")
    .option("--no-sourcemap", "smaller; traces name lines of the bundle")
    .option("--no-check", "without a check of the types")
    .option("-y, --yes", "fetch what is large without asking");
}

function addBuild(program: Command, run: RunCommand): void {
  withBuildFlags(
    program.command("build").description(
      "Build one file that nodes run: a bundle for Deno, or WASM",
    ).argument("<file>", FILE)
      .option(
        "-o, --output <file>",
        "what to write (default: NAME.js or NAME.wasm here); .wasm of a script means --target wasi-http",
      ),
  ).addHelpText(
    "after",
    `
A script with "export default { fetch(request) { … } }" answers HTTP requests, any other is run as a program.
--target deno bundles it with all that it imports (relative files, npm:, JSON) into one module of a few KB.
--target wasi-http makes a component for wasmtime of about 13 MB, by componentize-js, which is fetched from npm at first use (385 MB).
The same source gives the same bytes. The digest is printed.

  wherry build app.ts                              # app.js
  wherry build app.ts -o app.wasm                  # the same app as a component
  wherry build module.wat                          # module.wasm`,
  ).action((file: string, flags: BuildFlags) =>
    run(async (context) => {
      const { build } = await import("./commands/build.ts");
      return build(context, file, flags);
    })
  );
}

function addPush(program: Command, run: RunCommand): void {
  withBuildFlags(
    program.command("push").description(
      "Bring a file to a registry, built if need be",
    ).argument("<file>", FILE)
      .argument(
        "[image]",
        "NAME[:TAG] in the cluster's registry, or REGISTRY/NAME[:TAG] (default: the file's name)",
      ),
  )
    .option("--plain-http", "the registry has no TLS")
    .addHelpText(
      "after",
      "\nCredentials of other registries are docker's: ~/.docker/config.json and its helpers (docker login, crane auth login, oras login)",
    )
    .action((file: string, image: string | undefined, flags: PushFlags) =>
      run(async (context) => {
        const { push } = await import("./commands/push.ts");
        return push(context, file, image, flags);
      })
    );
  program.command("pull").description(
    "Get the WASM module or the bundle of an image",
  )
    .argument("<image>", "NAME[:TAG], or REGISTRY/NAME[:TAG]")
    .option("-o, --output <file>", "what to write (default: NAME.wasm or .js)")
    .option("--plain-http", "the registry has no TLS")
    .action((image: string, flags: { output?: string; plainHttp?: boolean }) =>
      run(async (context) => {
        const { pull } = await import("./commands/push.ts");
        return pull(context, image, flags);
      })
    );
}

function addImage(program: Command, run: RunCommand): void {
  const image = program.command("image").description(
    "Images of the cluster's registry, and of this machine's node",
  );
  image.command("ls").aliases(["list"]).description(
    "List what is in the cluster's registry",
  )
    .argument("[name]", "only this one, NAME or REGISTRY/NAME")
    .addOption(
      new Option("-o, --output <format>", "json, or wide: with whole digests")
        .choices(["json", "wide"]),
    )
    .option("-q, --quiet", "names only")
    .option("--plain-http", "the registry has no TLS")
    .action((name: string | undefined, flags) =>
      run(async (context) => {
        const { listImages } = await import("./commands/registry_images.ts");
        return listImages(context, name, flags);
      })
    );
  image.command("rm").aliases(["delete"]).description(
    "Take images out of the cluster's registry; says what becomes free",
  )
    .argument("<image...>", "NAME:TAG, or NAME@DIGEST with all its tags")
    .option("--plain-http", "the registry has no TLS")
    .action((names: string[], flags: { plainHttp?: boolean }) =>
      run(async (context) => {
        const { removeImages } = await import("./commands/registry_images.ts");
        return removeImages(context, names, flags);
      })
    );
  image.command("import").description(
    "Load an OCI or Docker archive into this machine's containerd",
  )
    .argument("<file>", "the archive (.tar)")
    .option(
      "--data-dir <folder>",
      "the agent's data folder (default: ask the agent of this machine)",
    )
    .action((file: string, flags: { dataDir?: string }) =>
      run(async (context) => {
        const { importImage } = await import("./commands/image.ts");
        return importImage(context, file, flags);
      })
    );
}
