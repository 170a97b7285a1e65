/**
 * What differs between the engines that run a process per container (wasmtime, Deno): images and the command line.
 *
 * @module
 */
import type { ContainerConfig, Runtime } from "../runtime.ts";

/** A folder of the machine that the guest sees under another name. */
export interface GuestFolder {
  /** Where the engine's process finds it. */
  readonly from: string;
  /** What the guest calls it. */
  readonly to: string;
  readonly readOnly: boolean;
}

/** What the engine has to know to make up a command. */
export interface LaunchRequest {
  readonly config: ContainerConfig;
  readonly folders: readonly GuestFolder[];
  /** The container's own folder, where {@linkcode Launch.files} are. */
  readonly folder: string;
  /** Address to bind where the engine binds for the guest: `0.0.0.0` in a network namespace, else the pod's own. */
  readonly bindAddress: string;
  /** The Pod's annotations: `wherry.dev/allow-net` and other wishes that Kubernetes has no field for. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The engine itself has to keep to this memory limit, because no cgroup does. */
  readonly memoryLimitBytes?: number;
  /** Whether the process gets a root folder of its own, where the folders have the names that the guest calls them by. @default false */
  readonly hasRoot?: boolean;
}

/** A process to be started. */
export interface Launch {
  readonly program: string;
  /** The file that it runs; its arguments name it as `PAYLOAD_PATH`. */
  readonly payload: string;
  readonly args: readonly string[];
  /**
   * The process' whole environment; see `environment_file.ts` for how it gets there. Arguments can be read by everybody on the machine, this by the process'
   * own user alone. No name in it may mean something to the engine itself. @default none
   */
  readonly env?: readonly (readonly [name: string, value: string])[];
  /** How the line begins that the engine itself prints on stderr before anything else; it is not the guest's output. */
  readonly banner?: string;
  /** The signal that ends it; `SIGINT` where that lets running requests finish. */
  readonly stopSignal: "SIGINT" | "SIGTERM";
  /** Whether its guests can listen to signals: then it ends with the one that the Pod names. @default false */
  readonly takesSignals?: boolean;
  /**
   * How long, in milliseconds, it goes on before that signal: a service still gets the connections that were on their way when its pod left the
   * services, and would refuse or break them once it closes. @default 0
   */
  readonly settleMs?: number;
  /** Files that are made in the container's folder, readable for everybody. @default none */
  readonly files?: readonly {
    readonly name: string;
    readonly content: string;
  }[];
  /** Where program, payload and other files of ours are in the root of its own that the process gets; wanted where the request says `hasRoot`. */
  readonly root?: {
    readonly program: string;
    readonly payload: string;
    /** The payload is native code. @default false */
    readonly isCode?: boolean;
    /** Folder in which it begins; made if it is missing. @default "/" */
    readonly workingDir?: string;
    /** Names of {@linkcode Launch.files} that are there too, in the root folder. */
    readonly shown?: readonly string[];
  };
}

/** One kind of engine. */
export interface Engine
  extends Pick<Runtime, "status" | "imageStatus" | "pullImage" | "listImages"> {
  /** `wasmtime`, `deno`. */
  readonly name: string;
  /** Whether its processes get a root folder of their own where the machine lets us (`guest_root.ts`). @default false */
  readonly wantsRoot?: boolean;
  /** Whether it keeps guests from writing to read-only folders by itself, so that the kernel need not. @default false */
  readonly keepsReadOnly?: boolean;
  /**
   * The command for a container.
   *
   * @throws {RuntimeError} when the image is not there or the configuration asks for what the engine cannot do.
   */
  launch(request: LaunchRequest): Promise<Launch>;
  /** Removes what no image and none of these payloads of containers needs; called when a runtime is opened, and before an image is pulled or removed. */
  removeUnused(payloads: ReadonlySet<string>): Promise<void>;
  /** As {@linkcode Runtime.removeImage}. */
  removeImage?(id: string): Promise<void>;
  /** As {@linkcode Runtime.onAway}. */
  onAway?(listener: () => void): Disposable;
  /** Ends what it does beside the runtime's calls; called when the runtime is closed. */
  close?(): void;
}
