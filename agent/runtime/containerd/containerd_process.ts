/**
 * Our own containerd: started by the agent, outliving it, found again by the next one.
 *
 * It has its own root, state, socket and configuration and runs beside a containerd of the machine. What must survive
 * a reboot (images) is in the agent's data folder; what must not is under /run, where paths are short enough for sockets.
 *
 * @module
 */

import { encodeHex } from "../../../src/base/bytes.ts";
import { messageOf } from "../../../src/base/errors.ts";
import { type Host, HostError } from "../../../src/base/host.ts";
import { keepFile } from "../../../src/base/keep_file.ts";
import { containerdConfig } from "./containerd_config.ts";
import {
  findShims,
  killAll,
  readBundles,
  removeCgroups,
  removeTraces,
  unmountAll,
} from "./leftovers.ts";
import { isRunning, markProcess, type ProcessMark } from "./process_mark.ts";
import { mayLowerOomScore } from "./oom_score_right.ts";
import { CGROUP_ROOT } from "./sandbox_config.ts";

/** Programs that our containerd is made of. */
export interface ContainerdTools {
  readonly containerd: string;
  /** containerd's own client, for importing images. */
  readonly ctr: string;
  readonly runc: string;
  /** Folder of the CNI plugins. */
  readonly cniBin: string;
}

/** Where and with what our containerd runs. */
export interface ContainerdOptions {
  /** Folder for images and configuration, for example `D/containerd`. */
  readonly dir: string;
  readonly tools: ContainerdTools;
  /** Folder with the pod network's CNI configuration; made when missing. @default `<dir>/cni` */
  readonly cniConfDir?: string;
  readonly sandboxImage: string;
}

/** Where, in its folder, it is told of registries. */
export const REGISTRY_DIR = "certs.d";

/** How long containerd may take until its socket answers (a slow card, many containers to load). */
const START_TIMEOUT_MS = 60_000;

/** How long it may take to end by itself. */
const STOP_TIMEOUT_MS = 10_000;

/** A log that has grown beyond this is begun anew when containerd starts. */
const LOG_LIMIT_BYTES = 1024 * 1024;

/** Our own containerd. */
export class ContainerdProcess {
  readonly #host: Host;
  readonly #options: ContainerdOptions;
  /** One start at a time. */
  #starting: Promise<void> | undefined;
  /** Folder under /run, one for each data folder. */
  readonly runDir: string;
  /** The gRPC socket, also of the CRI. */
  readonly socket: string;

  constructor(host: Host, options: ContainerdOptions) {
    this.#host = host;
    this.#options = options;
    const name = encodeHex(host.crypto.sha256(options.dir)).slice(0, 12);
    this.runDir = `/run/wherry/${name}`;
    this.socket = `${this.runDir}/containerd.sock`;
  }

  /** Programs that it was started with. */
  get tools(): ContainerdTools {
    return this.#options.tools;
  }

  /** Folder of the pod network's CNI configuration. */
  get cniConfDir(): string {
    return this.#options.cniConfDir ?? `${this.#options.dir}/cni`;
  }

  /**
   * Finds the running one or starts it; resolves when its socket takes connections.
   *
   * @throws {Error} with the end of its log when it does not come up.
   */
  ensure(): Promise<void> {
    return this.#starting ??= this.#ensure().finally(() => {
      this.#starting = undefined;
    });
  }

  /** Its process id, undefined when it does not run. */
  async pid(): Promise<number | undefined> {
    const mark = await this.#readMark();
    return mark && await isRunning(this.#host.disk, mark)
      ? mark.pid
      : undefined;
  }

  /**
   * Ends containerd and what is left of its containers, and removes all that it put outside the data folder.
   * Stop and remove the sandboxes first: what still runs here is killed. Harmless when nothing runs.
   */
  async stop(): Promise<void> {
    const { disk } = this.#host;
    await this.#starting?.catch(() => {});
    const mark = await this.#readMark();
    if (mark && await isRunning(disk, mark)) await this.#end(mark);
    const state = `${this.runDir}/state`;
    const traces = await readBundles(this.#host, state);
    const shims = await findShims(this.#host, this.socket);
    await killAll(this.#host, shims);
    await this.#deleteContainers(`${state}/runc/k8s.io`);
    await unmountAll(this.#host, this.runDir);
    await unmountAll(this.#host, this.#options.dir);
    await removeTraces(this.#host, traces);
    await removeCgroups(this.#host, [CGROUP_ROOT]);
    await disk.remove(this.runDir);
    await this.#host.processes.run("rmdir", { args: ["/run/wherry"] });
  }

  /** {@linkcode ContainerdProcess.stop}, and removes images and configuration too. */
  async purge(): Promise<void> {
    await this.stop();
    await this.#host.disk.remove(this.#options.dir);
  }

  /**
   * Which snapshotter the data folder's file system can carry.
   * The first choice stays: images that are there already lie in that snapshotter.
   */
  async snapshotter(): Promise<"overlayfs" | "native"> {
    const { disk } = this.#host;
    const path = `${this.#options.dir}/snapshotter`;
    const known = await disk.readText(path).catch(() => "");
    if (known === "overlayfs" || known === "native") return known;
    const choice = await this.#trySnapshotter();
    await disk.writeAtomic(path, choice);
    return choice;
  }

  async #trySnapshotter(): Promise<"overlayfs" | "native"> {
    const { disk, processes } = this.#host;
    const trial = `${this.#options.dir}/overlay-trial`;
    const parts = ["lower", "upper", "work", "merged"];
    for (const part of parts) await disk.mkdir(`${trial}/${part}`);
    const [lower, upper, work, merged] = parts.map((part) =>
      `${trial}/${part}`
    ) as [string, string, string, string];
    const mounted = await processes.run("mount", {
      args: [
        ...["-t", "overlay", "overlay"],
        ...["-o", `lowerdir=${lower},upperdir=${upper},workdir=${work}`],
        merged,
      ],
    });
    if (mounted.code === 0) await processes.run("umount", { args: [merged] });
    await disk.remove(trial);
    return mounted.code === 0 ? "overlayfs" : "native";
  }

  get #markPath(): string {
    return `${this.runDir}/containerd.json`;
  }

  async #ensure(): Promise<void> {
    if (await this.pid() === undefined) await this.#start();
    await this.#waitForSocket();
  }

  async #start(): Promise<void> {
    const { disk, processes } = this.#host;
    const { dir, tools, sandboxImage } = this.#options;
    await disk.mkdir(dir, { mode: 0o711 });
    await disk.mkdir(this.runDir, { mode: 0o711 });
    await disk.mkdir(this.cniConfDir);
    await disk.remove(this.socket);
    const config = `${dir}/config.toml`;
    const text = containerdConfig({
      root: `${dir}/root`,
      state: `${this.runDir}/state`,
      socket: this.socket,
      runc: tools.runc,
      cniBin: tools.cniBin,
      cniConf: this.cniConfDir,
      snapshotter: await this.snapshotter(),
      sandboxImage,
      registryDir: `${dir}/${REGISTRY_DIR}`,
      mayLowerOomScore: await mayLowerOomScore(this.#host),
    });
    await keepFile(disk, config, text);
    const log = this.#logPath;
    const size = await disk.stat(log).then((i) => i.sizeBytes, () => 0);
    if (size > LOG_LIMIT_BYTES) await disk.remove(log);
    const bin = tools.containerd.slice(0, tools.containerd.lastIndexOf("/"));
    const child = await processes.start(tools.containerd, {
      args: ["--config", config],
      cwd: "/",
      // Its own shim comes before another version's on PATH.
      env: {
        PATH: `${bin}:${
          processes.env("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        }`,
      },
      detached: true,
      stdoutPath: log,
      stderrPath: log,
    });
    const mark = await markProcess(disk, child.pid);
    if (!mark) throw new Error(await this.#failure());
    // Under /run: gone after a reboot, like the process.
    await disk.writeAtomic(this.#markPath, JSON.stringify(mark), {
      sync: false,
    });
    this.#host.log("info", "Started containerd", {
      pid: mark.pid,
      socket: this.socket,
    });
  }

  async #waitForSocket(): Promise<void> {
    const { clock, net } = this.#host;
    const deadline = clock.monotonicMs() + START_TIMEOUT_MS;
    for (let pauseMs = 5;; pauseMs = Math.min(2 * pauseMs, 100)) {
      try {
        (await net.dial({ path: this.socket })).close();
        return;
      } catch (error) {
        const late = clock.monotonicMs() > deadline;
        if (late || await this.pid() === undefined) {
          throw new Error(await this.#failure(), { cause: error });
        }
      }
      await clock.sleep(pauseMs);
    }
  }

  async #end(mark: ProcessMark): Promise<void> {
    const { clock, disk, processes } = this.#host;
    processes.signal(mark.pid, "SIGTERM");
    const deadline = clock.monotonicMs() + STOP_TIMEOUT_MS;
    while (await isRunning(disk, mark)) {
      if (clock.monotonicMs() > deadline) {
        await killAll(this.#host, [mark.pid]);
        return;
      }
      await clock.sleep(20);
    }
  }

  /** Containers whose shim was killed: runc knows their processes and control groups. */
  async #deleteContainers(runcRoot: string): Promise<void> {
    const { disk, processes } = this.#host;
    for (const id of await disk.list(runcRoot).catch(() => [])) {
      await processes.run(this.tools.runc, {
        args: ["--root", runcRoot, "delete", "--force", id],
      });
    }
  }

  get #logPath(): string {
    return `${this.#options.dir}/containerd.log`;
  }

  async #readMark(): Promise<ProcessMark | undefined> {
    try {
      return JSON.parse(await this.#host.disk.readText(this.#markPath));
    } catch (error) {
      if (error instanceof HostError && error.code === "not-found") {
        return undefined;
      }
      // Half a file after a crash: the process, if there is one, holds the socket and the new one says so.
      this.#host.log("warn", "Cannot read containerd's process file", {
        error: messageOf(error),
      });
      return undefined;
    }
  }

  async #failure(): Promise<string> {
    const log = await this.#host.disk.readText(this.#logPath).catch(() => "");
    const last = log.trim().split("\n").at(-1) || "it wrote no log";
    return `Cannot start containerd: ${last} (log: "${this.#logPath}")`;
  }
}
