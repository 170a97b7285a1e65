/**
 * A real kubelet that joins a server by a join token, with a containerd of the test's own. Meant for the namespaces that `tests/node` runs in.
 *
 * @module
 */
import { join } from "node:path";
import { runCommand, type Running, startProgram } from "./cluster.ts";

/** The kernel's settings that kubelet insists on, so that it finds them as it wants them and sets none on the test's machine. */
const KERNEL: Readonly<Record<string, number>> = {
  "vm/overcommit_memory": 1,
  "vm/panic_on_oom": 0,
  "kernel/panic": 10,
  "kernel/panic_on_oops": 1,
  "kernel/keys/root_maxkeys": 1_000_000,
  "kernel/keys/root_maxbytes": 25_000_000,
};

/** How a kubelet is started. */
export interface KubeletOptions {
  /** For its files. */
  readonly dir: string;
  readonly server: string;
  /** PEM. */
  readonly ca: string;
  /** `id.secret`. */
  readonly token: string;
  readonly nodeName: string;
  /** Path of the CRI runtime's socket. */
  readonly socket: string;
}

/** A running kubelet. Disposing ends it and takes away what it mounted. */
export class Kubelet implements AsyncDisposable {
  readonly #options: KubeletOptions;
  #process: Running | undefined;

  private constructor(options: KubeletOptions) {
    this.#options = options;
  }

  /** Starts it. */
  static async start(options: KubeletOptions): Promise<Kubelet> {
    const kubelet = new Kubelet(options);
    await kubelet.#prepare();
    kubelet.again();
    return kubelet;
  }

  /** Folder of its static pods. */
  get manifests(): string {
    return join(this.#options.dir, "manifests");
  }

  /** Whether it has ended by itself. */
  get ended(): boolean {
    return this.#process?.ended() ?? true;
  }

  /** Starts it again on the same files, after {@linkcode Kubelet.stop}. */
  again(): void {
    const { dir, nodeName } = this.#options;
    this.#process = startProgram([
      "kubelet",
      `--config=${join(dir, "config.yaml")}`,
      `--bootstrap-kubeconfig=${join(dir, "bootstrap.kubeconfig")}`,
      `--kubeconfig=${join(dir, "kubeconfig")}`,
      `--cert-dir=${join(dir, "pki")}`,
      `--root-dir=${join(dir, "root")}`,
      `--hostname-override=${nodeName}`,
    ], { logPath: join(dir, "kubelet.log") });
  }

  /** Ends it; its pods go on. */
  async stop(): Promise<void> {
    await this.#process?.stop("SIGKILL");
  }

  /** The end of its log. */
  async log(): Promise<string> {
    const text = await Deno.readTextFile(join(this.#options.dir, "kubelet.log"))
      .catch(() => "");
    return text.split("\n").slice(-60).join("\n");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    const mounts = await Deno.readTextFile("/proc/self/mountinfo");
    const below = mounts.split("\n").map((line) => line.split(" ")[4] ?? "")
      .filter((path) => path.startsWith(this.#options.dir));
    const kernel = Object.keys(KERNEL).map((name) => `/proc/sys/${name}`);
    for (const path of [...below.reverse(), ...kernel]) {
      await runCommand("umount", [path]);
    }
  }

  async #prepare(): Promise<void> {
    const { dir, server, ca, token, socket } = this.#options;
    await Deno.mkdir(join(dir, "kernel"), { recursive: true });
    await Deno.mkdir(this.manifests);
    for (const [name, value] of Object.entries(KERNEL)) {
      const path = join(dir, "kernel", name.replaceAll("/", "_"));
      await Deno.writeTextFile(path, `${value}\n`);
      await runCommand("mount", ["--bind", path, `/proc/sys/${name}`]);
    }
    await Deno.writeTextFile(join(dir, "ca.crt"), ca);
    await Deno.writeTextFile(
      join(dir, "bootstrap.kubeconfig"),
      `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "${server}", certificate-authority: ${
        join(dir, "ca.crt")
      }}}]
users: [{name: u, user: {token: ${token}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
current-context: x
`,
    );
    await Deno.writeTextFile(
      join(dir, "config.yaml"),
      `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {x509: {clientCAFile: ${join(dir, "ca.crt")}}}
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
makeIPTablesUtilChains: false
localStorageCapacityIsolation: false
containerRuntimeEndpoint: unix://${socket}
imageMinimumGCAge: 24h
evictionHard: {memory.available: 1Mi, nodefs.available: 0%, imagefs.available: 0%}
resolvConf: ""
rotateCertificates: true
staticPodPath: ${this.manifests}
syncFrequency: 10s
`,
    );
  }
}
