/**
 * Folders that stand for the volumes of a container, for tests of copies.
 *
 * @module
 */
import { makeRealHost } from "../../../../src/base/real_host.ts";
import type { Host } from "../../../../src/base/host.ts";
import type { SessionStreams } from "../../sessions.ts";
import type { ContainerConfig } from "../../runtime.ts";
import type { MountPlan } from "../mounts.ts";
import { copyCommand } from "./copy_command.ts";
import { copyVolumes } from "./volume_copy.ts";

/** How a command ended, and what it said. */
export interface Copied {
  readonly exitCode: number;
  readonly output: Uint8Array<ArrayBuffer>;
  readonly errors: string;
}

/** A container with the volumes `/data`, `/data/inner` and, read-only, `/config`; and a folder beside them that is nobody's. */
export class CopyRig implements AsyncDisposable {
  readonly folder: string;
  readonly host: Host & Disposable;
  /** Whose rights count. */
  security: Partial<ContainerConfig["security"]> = {};
  /** How the volumes are mounted; by default they are where the node has them. */
  mounts: MountPlan = { folders: [], points: [], links: [] };

  private constructor(folder: string, host: Host & Disposable) {
    this.folder = folder;
    this.host = host;
  }

  static async make(): Promise<CopyRig> {
    const folder = await Deno.makeTempDir({ prefix: "wherry-copy-" });
    for (const name of ["data", "inner", "config", "outside"]) {
      await Deno.mkdir(`${folder}/${name}`);
      await Deno.chmod(`${folder}/${name}`, 0o777);
    }
    await Deno.writeTextFile(`${folder}/outside/secret`, "the node's");
    return new CopyRig(folder, makeRealHost({ logLevel: "error" }));
  }

  /** Where a volume is. */
  at(path: string): string {
    return `${this.folder}/${path}`;
  }

  /** Runs one of the commands; words are parted by blanks. */
  async run(
    line: string,
    input?: AsyncIterable<Uint8Array> | Uint8Array,
    more: Partial<SessionStreams> = {},
  ): Promise<Copied> {
    const command = copyCommand(line.split(" "))!;
    const output: Uint8Array<ArrayBuffer>[] = [];
    let errors = "";
    const mount = (name: string, containerPath: string, readOnly = false) => ({
      hostPath: this.at(name),
      containerPath,
      readOnly,
    });
    const config = {
      name: "main",
      mounts: [
        mount("data", "/data"),
        mount("inner", "/data/inner"),
        mount("config", "/config", true),
      ],
      security: {
        privileged: false,
        supplementalGroups: [],
        readOnlyRootFilesystem: false,
        capabilitiesAdd: [],
        capabilitiesDrop: [],
        ...this.security,
      },
    } as Partial<ContainerConfig> as ContainerConfig;
    const { exitCode } = await copyVolumes(this.host, {
      record: { config, mounts: this.mounts },
      folder: this.folder,
      pid: Deno.pid,
      kind: "WASM",
      command,
      streams: {
        ...(input && {
          stdin: ReadableStream.from(
            input instanceof Uint8Array ? pieces(input) : input,
          ),
        }),
        stdout: new WritableStream({
          write: (chunk) => void output.push(new Uint8Array(chunk)),
        }),
        stderr: new WritableStream({
          write: (chunk) => void (errors += new TextDecoder().decode(chunk)),
        }),
        tty: false,
        signal: AbortSignal.timeout(60_000),
        ...more,
      },
    });
    return {
      exitCode,
      output: await new Blob(output).bytes(),
      errors,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.host[Symbol.dispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function* pieces(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += 1000) {
    yield bytes.subarray(at, at + 1000);
  }
}
