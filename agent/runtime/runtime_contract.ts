/**
 * The laws of {@linkcode Runtime} as tests. Each implementation's own test calls {@linkcode runtimeContract} with a subject of the real thing.
 *
 * @module
 */
import assert from "node:assert/strict";
import { plainContainer } from "../testing/plain_container.ts";
import { type Need, testWith } from "../../src/testing/needs.ts";
import {
  type ContainerConfig,
  type ContainerStatus,
  type LogEntry,
  type Runtime,
  RuntimeError,
  type SandboxConfig,
} from "./runtime.ts";
import {
  COMMAND_LAWS,
  NO_COMMAND_LAWS,
  SESSION_LAWS,
} from "./session_contract.ts";

/** What a contract's workload does, step by step. It ends with 0 after the last one. */
export type Step =
  | { readonly print: string }
  | { readonly error: string }
  | { readonly sleepMs: number }
  | { readonly exit: number }
  /** Prints the value of every variable that the container was given, as `NAME=value`. */
  | { readonly printEnv: string }
  | { readonly read: string };

/** What a command does: as a workload, or with its input. */
export type CommandStep =
  | Step
  /** Prints its input until the end of it. */
  | { readonly copyInput: true }
  /** Prints the terminal's rows and columns. */
  | { readonly printSize: true };

/** A machine with a runtime on it, for one test. */
export interface ContractSubject extends AsyncDisposable {
  /** Opens the runtime as a new agent would; what an earlier one made is still there. */
  open(): Promise<Runtime>;
  /** An image name of the right form that the node cannot get. */
  readonly missingImage: string;
  /** A folder for logs and mounted files; removed with the subject. */
  readonly folder: string;
  /** Image and command for a container that does these steps. */
  workload(
    steps: readonly Step[],
  ): Pick<ContainerConfig, "image" | "command" | "args">;
  /** A container that answers HTTP/1 on this port. */
  readonly server: Pick<
    ContainerConfig,
    "image" | "command" | "args" | "ports"
  >;
  /** The command for these steps beside a workload; absent where the engine has no commands. */
  readonly command?: (steps: readonly CommandStep[]) => readonly string[];
  /** Processes, mounts, interfaces, addresses and files of pods that are still there. */
  leftovers(): Promise<readonly string[]>;
}

/** Long enough to be still at it when a test is over. */
const LONG_MS = 600_000;

/** Registers the suite. */
export function runtimeContract(name: string, options: {
  readonly needs: readonly Need[];
  /** Whether containers have commands beside what runs in them ({@linkcode ContractSubject.command}). */
  readonly commands: boolean;
  readonly make: () => Promise<ContractSubject>;
}): void {
  const law = (
    does: string,
    fn: (bench: Bench) => Promise<void>,
  ) =>
    testWith(`${name} ${does}`, {
      needs: options.needs,
      // A watch of the disk or a child process that ends belongs to the subject and is gone with it, not with the step that began it.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        await using subject = await options.make();
        const bench = new Bench(subject, await subject.open());
        try {
          await fn(bench);
        } finally {
          await bench.close();
        }
      },
    });

  law(
    "tells exit code, times and Completed when a container ends with 0",
    async (bench) => {
      const id = await bench.start([{ print: "hello" }]);
      const status = await bench.ended(id);
      assert.equal(status.exitCode, 0);
      assert.equal(status.reason, "Completed");
      assert.ok(status.startedAt && status.finishedAt);
      assert.ok(status.createdAt <= status.startedAt);
      assert.ok(status.startedAt <= status.finishedAt);
    },
  );

  law("tells exit code and Error when a container fails", async (bench) => {
    const status = await bench.ended(await bench.start([{ exit: 7 }]));
    assert.equal(status.exitCode, 7);
    assert.equal(status.reason, "Error");
  });

  law(
    "lists a sandbox and its container with what they were made of",
    async (bench) => {
      const id = await bench.start([{ sleepMs: LONG_MS }]);
      const [sandbox, ...others] = await bench.runtime.listSandboxes();
      assert.deepEqual(others, []);
      assert.ok(sandbox);
      assert.equal(sandbox.state, "ready");
      assert.equal(sandbox.name, "web");
      assert.equal(sandbox.namespace, "default");
      assert.equal(sandbox.uid, "uid-1");
      assert.equal(sandbox.attempt, 0);
      assert.equal(sandbox.labels["app"], "web");
      assert.equal(sandbox.ips.length, 1);
      const [container] = sandbox.containers;
      assert.equal(container?.id, id);
      assert.equal(container?.state, "running");
      assert.equal(container?.name, "main");
      assert.equal(container?.attempt, 2);
      assert.equal(container?.labels["tier"], "front");
      assert.deepEqual(await bench.runtime.sandboxStatus(sandbox.id), sandbox);
    },
  );

  law("gives pods addresses of their own", async (bench) => {
    const first = await bench.runtime.runSandbox(bench.sandboxConfig("a"));
    const second = await bench.runtime.runSandbox(bench.sandboxConfig("b"));
    assert.notEqual(first.ips[0], second.ips[0]);
    assert.ok(first.ips[0] && second.ips[0]);
  });

  law(
    "does nothing and throws nothing when a call is repeated or its object is gone",
    async (bench) => {
      const { runtime } = bench;
      const id = await bench.start([{ sleepMs: LONG_MS }]);
      const before = await runtime.containerStatus(id);
      await runtime.startContainer(id);
      assert.deepEqual(await runtime.containerStatus(id), before);
      await runtime.stopContainer(id, 0);
      await runtime.stopContainer(id, 0);
      await runtime.removeContainer(id);
      await runtime.removeContainer(id);
      await runtime.stopContainer(id, 0);
      await runtime.stopSandbox(bench.sandboxId);
      await runtime.stopSandbox(bench.sandboxId);
      assert.equal(
        (await runtime.sandboxStatus(bench.sandboxId))?.state,
        "notready",
      );
      await runtime.removeSandbox(bench.sandboxId);
      await runtime.removeSandbox(bench.sandboxId);
      await runtime.stopSandbox(bench.sandboxId);
      assert.equal(await runtime.containerStatus(id), undefined);
      assert.equal(await runtime.sandboxStatus(bench.sandboxId), undefined);
      assert.deepEqual(await runtime.listSandboxes(), []);
    },
  );

  law(
    "leaves everything running when the agent goes, and the next one finds it",
    async (bench) => {
      const id = await bench.start([{ print: "here" }, { sleepMs: LONG_MS }]);
      const before = await bench.runtime.sandboxStatus(bench.sandboxId);
      await bench.reopen();
      assert.deepEqual(
        await bench.runtime.sandboxStatus(bench.sandboxId),
        before,
      );
      await bench.runtime.stopContainer(id, 0);
      assert.equal((await bench.ended(id)).exitCode, 137);
    },
  );

  law(
    "keeps exit code, time and output of what ended while no agent was there",
    async (bench) => {
      const id = await bench.start([
        { sleepMs: 200 },
        { print: "last words" },
        { exit: 9 },
      ]);
      await bench.reopen({ afterMs: 1_500 });
      const reopenedAt = Date.now();
      const status = await bench.ended(id);
      assert.equal(status.exitCode, 9);
      assert.ok(status.finishedAt && status.finishedAt < reopenedAt);
      assert.deepEqual(await bench.lines(id), ["stdout last words"]);
    },
  );

  law(
    "calls back with the sandbox when a container ends by itself",
    async (bench) => {
      const heard: string[] = [];
      const id = await bench.start([{ sleepMs: 100 }], (runtime) => {
        runtime.onChange((sandboxId) => void heard.push(sandboxId));
      });
      await bench.ended(id);
      await bench.until(() => heard.includes(bench.sandboxId));
    },
  );

  law(
    "keeps output by stream, with times that do not go back",
    async (bench) => {
      const id = await bench.start([
        { print: "one" },
        { sleepMs: 300 },
        { error: "two" },
        { sleepMs: 300 },
        { print: "three" },
      ]);
      const status = await bench.ended(id);
      const entries = await bench.entries(id);
      assert.deepEqual(entries.map(textOf), [
        "stdout one",
        "stderr two",
        "stdout three",
      ]);
      const times = entries.map(({ time }) => time);
      assert.deepEqual(times, times.toSorted((a, b) => a - b));
      assert.ok((times[2] ?? 0) - (times[0] ?? 0) >= 500);
      assert.ok(Math.abs((times[0] ?? 0) - (status.startedAt ?? 0)) < 60_000);
      assert.deepEqual(await bench.lines(id, { tailLines: 2 }), [
        "stderr two",
        "stdout three",
      ]);
      assert.deepEqual(await bench.lines(id, { since: times[1] ?? 0 }), [
        "stderr two",
        "stdout three",
      ]);
      assert.deepEqual(await bench.lines(id, { tailLines: 0 }), []);
    },
  );

  law("follows output until the container ends", async (bench) => {
    const id = await bench.start([
      { print: "first" },
      { sleepMs: 300 },
      { print: "second" },
      { sleepMs: 300 },
      { error: "third" },
    ]);
    assert.deepEqual(await bench.lines(id, { follow: true }), [
      "stdout first",
      "stdout second",
      "stderr third",
    ]);
  });

  law("stops following when the signal says so", async (bench) => {
    const id = await bench.start([{ print: "first" }, { sleepMs: LONG_MS }]);
    const stop = new AbortController();
    const seen: string[] = [];
    const logs = bench.runtime.logs(id, { follow: true, signal: stop.signal });
    try {
      for await (const entry of logs) {
        seen.push(textOf(entry));
        stop.abort();
      }
    } catch (error) {
      assert.equal(error, stop.signal.reason);
    }
    assert.deepEqual(seen, ["stdout first"]);
  });

  law("gives a container its environment and mounts", async (bench) => {
    await Deno.mkdir(`${bench.folder}/data`);
    await Deno.writeTextFile(`${bench.folder}/data/file`, "from the node\n");
    await Deno.chmod(bench.folder, 0o755);
    const id = await bench.start(
      [{ printEnv: "GREETING" }, { read: "/mnt/data/file" }],
      undefined,
      {
        env: [{ name: "GREETING", value: "good morning" }],
        mounts: [{
          hostPath: `${bench.folder}/data`,
          containerPath: "/mnt/data",
          readOnly: false,
        }],
      },
    );
    await bench.ended(id);
    assert.deepEqual(await bench.lines(id), [
      "stdout GREETING=good morning",
      "stdout from the node",
    ]);
  });

  law(
    "throws RuntimeError with Kubernetes' reason when the image cannot be had",
    async (bench) => {
      const image = bench.missingImage;
      assert.equal(await bench.runtime.imageStatus(image), undefined);
      await assert.rejects(
        bench.runtime.pullImage(image, { signal: AbortSignal.timeout(60_000) }),
        (error) =>
          error instanceof RuntimeError &&
          error.reason === "ErrImagePull",
      );
    },
  );

  law(
    "throws RuntimeError when a container is created in a sandbox that is gone",
    async (bench) => {
      const config = bench.sandboxConfig("web");
      await assert.rejects(
        bench.runtime.createContainer(
          { id: "pod-gone", config },
          await bench.containerConfig([{ print: "never" }]),
        ),
        RuntimeError,
      );
    },
  );

  law(
    "leaves nothing of a pod that is removed, running or not",
    async (bench) => {
      await bench.start([{ print: "one" }, { sleepMs: LONG_MS }]);
      await bench.start([{ print: "two" }], undefined, { name: "second" });
      await bench.runtime.removeSandbox(bench.sandboxId);
      await bench.expectNothingLeft();
    },
  );

  const commandLaws = options.commands ? COMMAND_LAWS : NO_COMMAND_LAWS;
  for (const [does, fn] of [...SESSION_LAWS, ...commandLaws]) law(does, fn);

  law("leaves nothing of a pod that the next agent removes", async (bench) => {
    await bench.start([{ sleepMs: LONG_MS }]);
    await bench.reopen();
    await bench.runtime.removeSandbox(bench.sandboxId);
    await bench.expectNothingLeft();
  });
}

/** One test's tools. */
export class Bench {
  readonly subject: ContractSubject;
  runtime: Runtime;
  sandboxId = "";

  constructor(subject: ContractSubject, runtime: Runtime) {
    this.subject = subject;
    this.runtime = runtime;
  }

  get folder(): string {
    return this.subject.folder;
  }

  get missingImage(): string {
    return this.subject.missingImage;
  }

  sandboxConfig(name: string): SandboxConfig {
    return {
      name,
      namespace: "default",
      uid: "uid-1",
      attempt: 0,
      hostname: name,
      labels: { app: name },
      annotations: { note: "kept" },
      logDirectory: `${this.folder}/logs/${name}`,
      hostNetwork: false,
    };
  }

  async containerConfig(
    steps: readonly Step[],
    more: Partial<ContainerConfig> = {},
  ): Promise<ContainerConfig> {
    const workload = { ...this.subject.workload(steps), ...more };
    const signal = AbortSignal.timeout(120_000);
    const there = await this.runtime.imageStatus(workload.image);
    const { imageRef } = there ??
      await this.runtime.pullImage(workload.image, { signal });
    return plainContainer({
      attempt: 2,
      imageRef,
      labels: { tier: "front" },
      ...workload,
    });
  }

  /** Starts a container in the test's sandbox. */
  async start(
    steps: readonly Step[],
    before?: (runtime: Runtime) => void,
    more: Partial<ContainerConfig> = {},
  ): Promise<string> {
    const config = this.sandboxConfig("web");
    this.sandboxId ||= (await this.runtime.runSandbox(config)).id;
    const id = await this.runtime.createContainer(
      { id: this.sandboxId, config },
      await this.containerConfig(steps, more),
    );
    assert.equal((await this.runtime.containerStatus(id))?.state, "created");
    before?.(this.runtime);
    await this.runtime.startContainer(id);
    return id;
  }

  async reopen(options: { afterMs?: number } = {}): Promise<void> {
    await this.runtime[Symbol.asyncDispose]();
    await sleep(options.afterMs ?? 0);
    this.runtime = await this.subject.open();
  }

  /** Waits until the container has ended. */
  async ended(id: string): Promise<ContainerStatus> {
    let status: ContainerStatus | undefined;
    await this.until(async () => {
      status = await this.runtime.containerStatus(id);
      return status?.state === "exited";
    });
    assert.ok(status);
    return status;
  }

  /** Waits until something holds; a test that hopes in vain is ended by the runner. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    for (let i = 0; i < 1_500 && !await holds(); i++) await sleep(20);
    assert.ok(await holds(), "It did not happen in 30 seconds");
  }

  /** What is removed may take a moment to be gone: a process that ends, for one. */
  async expectNothingLeft(): Promise<void> {
    let left: readonly string[] = [];
    for (let i = 0; i < 250; i++) {
      left = await this.subject.leftovers();
      if (left.length === 0) return;
      await sleep(20);
    }
    assert.deepEqual(left, []);
  }

  async entries(
    id: string,
    options: { follow?: boolean; since?: number; tailLines?: number } = {},
  ): Promise<LogEntry[]> {
    const signal = AbortSignal.timeout(60_000);
    return await Array.fromAsync(
      this.runtime.logs(id, { follow: false, ...options, signal }),
    );
  }

  async lines(
    id: string,
    options: { follow?: boolean; since?: number; tailLines?: number } = {},
  ): Promise<string[]> {
    return (await this.entries(id, options)).map(textOf);
  }

  async close(): Promise<void> {
    for (const { id } of await this.runtime.listSandboxes()) {
      await this.runtime.stopSandbox(id);
      await this.runtime.removeSandbox(id);
    }
    await this.runtime[Symbol.asyncDispose]();
  }
}

function textOf(entry: LogEntry): string {
  return `${entry.stream} ${new TextDecoder().decode(entry.line)}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
