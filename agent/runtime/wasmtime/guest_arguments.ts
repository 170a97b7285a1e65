/**
 * wasmtime's command line for a container.
 *
 * @module
 */
import { posix } from "node:path";
import type { GuestFolder, LaunchRequest } from "../process/engine.ts";
import { PAYLOAD_PATH } from "../process/supervisor.ts";
import { RuntimeError } from "../runtime.ts";
import type { RunnableLook } from "./module_cache.ts";

/** Of a Pod: `none` keeps its guests from the network; without it they have what a container has. */
export const ALLOW_NET = "wherry.dev/allow-net";

/** Of a Pod: after how many requests an instance of a service is replaced by a fresh one. */
export const MAX_INSTANCE_REUSE = "wherry.dev/max-instance-reuse";

/** In a root folder of the process' own, the folder of what is run as native code: no volume may take its place. */
export const OWN_PLACE = "/.wherry";

/** Where the module is there. */
export const PAYLOAD_PLACE = `${OWN_PLACE}/module.cwasm`;

/** The port of a service whose Pod declares none; wasmtime's own default. */
const DEFAULT_PORT = 8080;

/** The arguments, for a module that is to be run this way. @throws {RuntimeError} `CreateContainerConfigError` for what the engine cannot do */
export function guestArguments(
  request: LaunchRequest,
  guest: {
    readonly look: RunnableLook;
    /** `--env …` */
    readonly env: readonly string[];
    /** Where the engine's process finds what the guest sees. */
    readonly folders: readonly GuestFolder[];
  },
): string[] {
  return guest.look.kind === "serve"
    ? serveArguments(request, guest)
    : runArguments(request, guest);
}

type Guest = Parameters<typeof guestArguments>[1];

function serveArguments(request: LaunchRequest, guest: Guest): string[] {
  const { config, bindAddress } = request;
  if (config.command.length + config.args.length > 0) {
    throw refusal(
      request,
      "a wasi:http component takes no command and no args; use env",
    );
  }
  const port = config.ports.find(({ protocol }) => protocol === "TCP")
    ?.containerPort ?? DEFAULT_PORT;
  const reuse = request.annotations[MAX_INSTANCE_REUSE];
  if (reuse !== undefined && !/^[1-9]\d{0,8}$/.test(reuse)) {
    throw refusal(
      request,
      `the annotation "${MAX_INSTANCE_REUSE}" is "${reuse}" and no number of requests`,
    );
  }
  return [
    "serve",
    ...commonArguments(request, guest),
    ...["-S", "cli=y"], // without it a guest has neither environment nor files
    "--no-logging-prefix",
    ...(reuse === undefined ? [] : ["--max-instance-reuse-count", reuse]),
    ...["--addr", `${bindAddress}:${port}`],
    request.hasRoot ? PAYLOAD_PLACE : PAYLOAD_PATH,
  ];
}

function runArguments(request: LaunchRequest, guest: Guest): string[] {
  const { config } = request;
  const [argv0 = posix.basename(config.image), ...rest] = config.command;
  return [
    "run",
    ...commonArguments(request, guest),
    ...(guest.look.isComponent && mayDial(request) ? ["-S", "http=y"] : []),
    `--argv0=${argv0}`, // it may begin with a dash
    request.hasRoot ? PAYLOAD_PLACE : PAYLOAD_PATH,
    ...rest,
    ...config.args,
  ];
}

function commonArguments(request: LaunchRequest, guest: Guest): string[] {
  const { config, memoryLimitBytes } = request;
  refuseWhatCannotBeSaid(request, guest.folders);
  if (!mayDial(request) && guest.look.sendsRequests) {
    throw refusal(
      request,
      `it imports what sends HTTP requests, which the engine cannot deny it: leave out the annotation "${ALLOW_NET}", or wasi:http/outgoing-handler in the component`,
    );
  }
  return [
    ...["-C", "cache=n"], // it would make a folder in a home that the user may not have
    "--allow-precompiled",
    ...(memoryLimitBytes === undefined
      ? []
      : ["-W", `max-memory-size=${memoryLimitBytes}`]),
    ...guest.env,
    ...guest.folders.flatMap(({ from, to }) => ["--dir", `${from}::${to}`]),
    ...(mayDial(request)
      ? ["-S", "inherit-network=y,allow-ip-name-lookup=y"]
      : []),
    ...(guest.look.wantsConfig ? ["-S", "config=y"] : []),
    ...(config.workingDir ? ["-S", `cwd=${config.workingDir}`] : []),
  ];
}

/** The engine has no way to write these: what follows them would be options of its own, or another folder. */
function refuseWhatCannotBeSaid(
  request: LaunchRequest,
  folders: readonly GuestFolder[],
): void {
  const { workingDir } = request.config;
  if (workingDir?.includes(",")) {
    throw refusal(request, `its working directory "${workingDir}" has a comma`);
  }
  for (const { from, to } of folders) {
    if (!from.includes("::") && !to.includes("::")) continue;
    throw refusal(request, `the place of the mount "${to}" has two colons`);
  }
}

/** Whether the guest may use the network. @throws {RuntimeError} when the Pod asks for some of it: the engine knows all or nothing */
function mayDial(request: LaunchRequest): boolean {
  const wish = request.annotations[ALLOW_NET];
  if (wish === undefined) return true;
  if (wish.trim() === "none") return false;
  throw refusal(
    request,
    `the annotation "${ALLOW_NET}" is "${wish}", and the engine can allow a guest all of the network or "none"`,
  );
}

function refusal({ config }: LaunchRequest, why: string): RuntimeError {
  return new RuntimeError(
    "CreateContainerConfigError",
    `Can not create container "${config.name}": ${why}`,
  );
}
