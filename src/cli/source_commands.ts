/**
 * The verbs from source to edge, with their flags. The work is in `commands/`, loaded when asked for.
 *
 * @module
 */
import { Argument, type Command, Option } from "commander";
import type { BuildFlags } from "./commands/build.ts";
import type { DevFlags } from "./commands/dev.ts";
import type { DoctorFlags } from "./commands/doctor.ts";
import type { LoginFlags } from "./commands/login.ts";
import type { PushFlags } from "./commands/push.ts";
import { durationSeconds, wholeNumber } from "./option_values.ts";
import type { RunCommand } from "./run.ts";
import type { Role } from "./doctor/finding.ts";
import type { RunFlags } from "./workload/run_flags.ts";

const FILE = "a .ts, .tsx, .js, .mjs, .wat or .wasm file";

/** Adds run, dev, build, push, pull, image, login and logout. */
export function addSourceCommands(program: Command, run: RunCommand): void {
  program.commandsGroup("From source to edge:");
  addRun(program, run);
  addDev(program, run);
  addBuild(program, run);
  addPush(program, run);
  addImage(program, run);
  addLogin(program, run);
}

const RUN_HELP = `
A file is built, pushed to the cluster's registry under a tag that follows from its content, and run by Deno (scripts) or
wasmtime (WebAssembly). What has "export default { fetch }", or is a wasi:http component, is a server: it gets a service, on
port 8080 unless --port says another. Done again, it updates what is there; nothing is pushed twice.

  wherry run hello.ts --replicas 3 --port 8080
  wherry run hello.wat                             # or .js, .mjs, .tsx, .wasm
  wherry run app.ts --target wasi-http             # as a component for wasmtime
  wherry run registry.example.com/team/app:1 --port 80:8080     # an image; a short name is looked for in the cluster's registry first
  wherry run job.ts --restart=Never --rm -- a b    # once: prints its output, ends with its exit status
  wherry run hello.ts --dry-run=client -o yaml     # what would be made`;

function addRun(program: Command, run: RunCommand): void {
  withRunFlags(
    program.command("run").description(
      "Run a file or an image: builds, pushes, deploys, exposes",
    ).argument("<file>", `${FILE}, or the name of an image`),
  )
    .addOption(
      new Option(
        "--restart <policy>",
        "Always: replicas that go on; Never or OnFailure: a pod that runs once",
      ).choices(["Always", "OnFailure", "Never"]),
    )
    .option("--rm", "of what runs once: remove the pod at its end")
    .option("-d, --detach", "do not wait")
    .addOption(
      new Option("--dry-run <how>", "client: only say what would be made")
        .choices(["none", "client"]),
    )
    .addOption(
      new Option("-o, --output <format>", "with --dry-run: yaml, json or name")
        .choices(["yaml", "json", "name"]),
    )
    .option(
      "--timeout <duration>",
      "how long to wait for it (default: 2m)",
      durationSeconds,
    )
    .addHelpText("after", RUN_HELP)
    .action((word: string, words: string[], flags: RunFlags) =>
      run(async (context) => {
        const { runWorkload } = await import("./commands/run.ts");
        return runWorkload(context, word, { words, flags });
      })
    );
}

function addDev(program: Command, run: RunCommand): void {
  withRunFlags(
    program.command("dev").description(
      "Run a file and replace it on save, with its output and a port here",
    ).argument("<file>", FILE),
  )
    .option("--local-port <port>", "here (default: the service's)", wholeNumber)
    .option("--keep", "leave it running at the end")
    .addHelpText(
      "after",
      `
The file is run as by wherry run, in the cluster; whenever it or what it imports is saved, its replicas are replaced.
Their output is shown, errors of the build and of types too. http://localhost:PORT leads to them, wherever they are.

  wherry dev hello.ts --replicas 3 --port 8080`,
    )
    .action((word: string, words: string[], flags: DevFlags) =>
      run(async (context) => {
        const { dev } = await import("./commands/dev.ts");
        return dev(context, word, { words, flags });
      })
    );
}

/** Adds doctor. */
export function addDoctor(program: Command, run: RunCommand): void {
  program.command("doctor").description(
    "Look at what this machine has, and whether the cluster can be reached",
  )
    .addArgument(
      new Argument(
        "[role...]",
        "what must be good here, else the exit status is 1 (default: cli)",
      ).choices(["cli", "agent", "server"]),
    )
    .addOption(new Option("-o, --output <format>", "json").choices(["json"]))
    .action((roles: Role[], flags: DoctorFlags) =>
      run(async (context) => {
        const { doctor } = await import("./commands/doctor.ts");
        return doctor(context, roles, flags);
      })
    );
}

/** A flag that may come again. */
function more(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function withRunFlags(command: Command): Command {
  return withBuildFlags(
    command
      .argument("[args...]", "after --: arguments of the program")
      .option(
        "--name <name>",
        "of deployment and service (default: the file's)",
      )
      .option("--replicas <number>", "how many (default: 1)", wholeNumber)
      .option(
        "--port <port>",
        "PORT or PORT:CONTAINERPORT of its service; none: no service (default: 8080 for servers)",
      )
      .addOption(
        new Option("--type <type>", "type of the service (default: ClusterIP)")
          .choices(["ClusterIP", "NodePort", "LoadBalancer"]),
      )
      .option("--node-port <port>", "port of all nodes for it", wholeNumber)
      .option("-e, --env <name=value>", "variable; NAME alone: as here", more)
      .option("--env-file <file>", "lines of NAME=VALUE", more)
      .option("--env-from <source>", "secret/NAME or configmap/NAME", more)
      .option(
        "-v, --volume <source:/path[:ro]>",
        "/FOLDER of the node, configmap/NAME, secret/NAME, claim/NAME or empty",
        more,
      )
      .option("--limits <cpu=1,memory=64Mi>", "most that it gets", more)
      .option("--requests <cpu=10m,memory=16Mi>", "what is kept for it", more)
      .option("-l, --labels <a=b,c=d>", "labels of all that is made", more)
      .option("--annotations <a=b>", "annotations of its pods", more)
      .option("--node-selector <a=b>", "only on nodes with these labels", more)
      .option(
        "--allow-net <hosts>",
        "HOST[:PORT],…: where it may connect to, none: nowhere (default: everywhere)",
      )
      .option(
        "--runtime <name>",
        "runtime class (default: deno or wasmtime by what it is; none: containers)",
      )
      .option("--command", "what follows -- is the command, not its arguments")
      .option("--plain-http", "the image's registry has no TLS"),
  );
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

function addLogin(program: Command, run: RunCommand): void {
  program.command("login").description(
    "Keep a name and a password for another registry, where docker keeps them",
  )
    .argument("<registry>", "HOST[:PORT]")
    .option("-u, --username <name>", "the user's name")
    .option("--password-stdin", "read the password from standard input")
    .option("--plain-http", "the registry has no TLS")
    .action((registry: string, flags: LoginFlags) =>
      run(async (context) => {
        const { login } = await import("./commands/login.ts");
        return login(context, registry, flags);
      })
    );
  program.command("logout").description("Forget them")
    .argument("<registry>", "HOST[:PORT]")
    .action((registry: string) =>
      run(async (context) => {
        const { logout } = await import("./commands/login.ts");
        return logout(context, registry);
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
  image.command("prune").description(
    "Take out what wherry run has pushed and nothing in the cluster names",
  )
    .option("--dry-run", "only say what")
    .action((flags: { dryRun?: boolean }) =>
      run(async (context) => {
        const { pruneImages } = await import("./commands/prune_images.ts");
        return pruneImages(context, flags);
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
