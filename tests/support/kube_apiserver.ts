/**
 * A real kube-apiserver over a real etcd, without any controllers: what those would do, a test does.
 *
 * @module
 */
import { join } from "node:path";
import { makePki } from "../../src/testing/pki.ts";
import type { Any } from "../e2e/objects.ts";
import { freePort, type Running, startProgram } from "./cluster.ts";

/** How long the server may take to be ready. */
const READY_TIMEOUT_MS = 120_000;

/** A running kube-apiserver. Disposing ends it and its etcd. */
export class KubeApiServer implements AsyncDisposable {
  readonly url: string;
  readonly ca: string;
  readonly #dir: string;
  readonly #client: Deno.HttpClient;
  readonly #running: Running[] = [];
  #command: readonly string[] = [];

  private constructor(dir: string, port: number, ca: string) {
    this.#dir = dir;
    this.url = `https://127.0.0.1:${port}`;
    this.ca = ca;
    this.#client = Deno.createHttpClient({ caCerts: [ca] });
  }

  /** Starts it with its files in a folder, waits until it is ready, and makes what the controllers make first. */
  static async start(dir: string): Promise<KubeApiServer> {
    const pki = makePki();
    const server = new KubeApiServer(
      dir,
      freePort(),
      pki.authority.certificate,
    );
    try {
      await server.#start(pki);
      await server.#prepare();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** One call as the administrator; an object or a Status. */
  async call(method: string, path: string, body?: unknown): Promise<Any> {
    const answer = await fetch(this.url + path, {
      method,
      client: this.#client,
      headers: {
        authorization: "Bearer admin-token",
        "content-type": method === "PATCH"
          ? "application/merge-patch+json"
          : "application/json",
      },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
    return await answer.json();
  }

  /** Creates an object. @throws {Error} when it is refused */
  async create(path: string, object: Any): Promise<Any> {
    const made = await this.call("POST", path, object);
    if (made.kind === "Status") throw new Error(made.message);
    return made;
  }

  /** Kills it and starts it anew, on the same etcd. */
  async restart(): Promise<void> {
    await this.#running.pop()?.stop("SIGKILL");
    this.#program("kube-apiserver", this.#command);
    await this.#ready();
  }

  /** A kubeconfig of the node n1, by client certificate. */
  nodeKubeconfig(): string {
    const base64 = (text: string) => new TextEncoder().encode(text).toBase64();
    return `apiVersion: v1
kind: Config
clusters:
- name: c
  cluster: {server: "${this.url}", certificate-authority-data: ${
      base64(this.ca)
    }}
users:
- name: n1
  user:
    client-certificate: ${join(this.#dir, "node.crt")}
    client-key: ${join(this.#dir, "node.key")}
contexts:
- name: x
  context: {cluster: c, user: n1}
current-context: x
`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.close();
    for (const running of this.#running.reverse()) await running.stop();
  }

  async #start(pki: ReturnType<typeof makePki>): Promise<void> {
    const file = async (name: string, text: string) => {
      await Deno.writeTextFile(join(this.#dir, name), text, { mode: 0o600 });
      return join(this.#dir, name);
    };
    const node = pki.client("system:node:n1", ["system:nodes"]);
    await file("node.crt", node.certificate);
    await file("node.key", node.privateKey);
    const serverKey = await file("server.key", pki.tls.privateKey);
    const serverCertificate = await file("server.crt", pki.tls.certificate);
    const [client, peer] = [freePort(), freePort()];
    const etcd = `http://127.0.0.1:${client}`;
    this.#program("etcd", [
      ...["--data-dir", join(this.#dir, "etcd"), "--unsafe-no-fsync"],
      ...["--listen-client-urls", etcd, "--advertise-client-urls", etcd],
      ...["--listen-peer-urls", `http://127.0.0.1:${peer}`],
    ]);
    this.#command = [
      `--etcd-servers=${etcd}`,
      `--secure-port=${new URL(this.url).port}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=192.0.2.1",
      `--cert-dir=${join(this.#dir, "certs")}`,
      `--tls-cert-file=${serverCertificate}`,
      `--tls-private-key-file=${serverKey}`,
      `--client-ca-file=${await file("ca.crt", this.ca)}`,
      `--token-auth-file=${await file(
        "tokens.csv",
        "admin-token,admin,1,system:masters\n",
      )}`,
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${serverCertificate}`,
      `--service-account-signing-key-file=${serverKey}`,
      "--service-cluster-ip-range=10.43.0.0/16",
    ];
    this.#program("kube-apiserver", this.#command);
    await this.#ready();
  }

  async #ready(): Promise<void> {
    await this.until("it is ready", async () => {
      const answer = await fetch(`${this.url}/readyz`, {
        client: this.#client,
        headers: { authorization: "Bearer admin-token" },
      }).catch(() => undefined);
      await answer?.body?.cancel();
      return answer?.ok ?? false;
    });
  }

  /** Waits. @throws {Error} with the end of the server's log */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (!await isSo()) {
      const over = this.#running.some((running) => running.ended());
      if (over || performance.now() > deadline) {
        throw new Error(
          `Gave up waiting until ${what}\n${await this.log("kube-apiserver")}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** The end of what a program has logged. */
  async log(name: string): Promise<string> {
    const text = await Deno.readTextFile(join(this.#dir, `${name}.log`));
    return text.split("\n").slice(-40).join("\n");
  }

  /** What kube-controller-manager does in every namespace. */
  async #prepare(): Promise<void> {
    for (const namespace of ["default", "kube-node-lease"]) {
      await this.until(
        `there is ${namespace}`,
        async () =>
          (await this.call("GET", `/api/v1/namespaces/${namespace}`)).kind ===
            "Namespace",
      );
    }
    await this.create("/api/v1/namespaces/default/serviceaccounts", {
      metadata: { name: "default" },
    });
    await this.create("/api/v1/namespaces/default/configmaps", {
      metadata: { name: "kube-root-ca.crt" },
      data: { "ca.crt": this.ca },
    });
  }

  #program(program: string, args: readonly string[]): void {
    this.#running.push(
      startProgram([program, ...args], {
        logPath: join(this.#dir, `${program}.log`),
      }),
    );
  }
}
