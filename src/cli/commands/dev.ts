/**
 * `wherry dev`: runs a file in the cluster and replaces it whenever it is saved.
 *
 * @module
 */
import type { Deployment } from "../../api/apps/deployment.ts";
import type { Resource } from "../../api/kind.ts";
import type { Pod } from "../../api/core/pod.ts";
import { ResourceInformer } from "../../client/informer.ts";
import { DEPLOYMENTS, PODS, SERVICES } from "../../client/resources.ts";
import { hasStatusCode } from "../../client/response_error.ts";
import type { Client } from "../../client/client.ts";
import { checkTypes } from "../build/deno_tool.ts";
import { requireSourceKind } from "../build/product.ts";
import type { CliContext } from "../context.ts";
import { ForwardedService } from "../dev/forwarded_service.ts";
import { followPods } from "../dev/pod_outputs.ts";
import { SourceWatch } from "../dev/source_watch.ts";
import { describeFailure, EXIT_OK } from "../failure.ts";
import { nameOfFile } from "../images/image_name.ts";
import { clusterRegistry } from "../images/registries.ts";
import { applyWorkload, liveDeployment } from "../workload/apply_workload.ts";
import { requireEngine } from "../workload/engine_nodes.ts";
import { checkName, planWorkload } from "../workload/plan.ts";
import { prepare, type Prepared, pushPrepared } from "../workload/prepare.ts";
import { waitForRollout } from "../workload/rollout.ts";
import type { RunFlags } from "../workload/run_flags.ts";
import { selectorOf, type Workload } from "../workload/workload.ts";

/** Flags of `dev`. */
export interface DevFlags extends RunFlags {
  /** Leaves what it made in the cluster. */
  readonly keep?: boolean;
  /** The port here. @default the service's */
  readonly localPort?: number;
}

const ROLLOUT_TIMEOUT_MS = 120_000;

/** Runs until Ctrl-C. */
export async function dev(
  context: CliContext,
  file: string,
  options: { readonly words: readonly string[]; readonly flags: DevFlags },
): Promise<number> {
  const kind = requireSourceKind(context.path(file), file);
  const client = await context.client();
  const session = new DevSession(context, client, {
    file,
    ...options,
    isScript: kind === "script",
    name: checkName(options.flags.name ?? nameOfFile(context.path(file))),
    namespace: await context.namespace(),
  });
  const interrupted = context.interrupted();
  try {
    await session.run(interrupted);
  } catch (error) {
    if (!interrupted.aborted) throw error;
  } finally {
    await session.end();
  }
  return EXIT_OK;
}

interface SessionOptions {
  readonly file: string;
  readonly words: readonly string[];
  readonly flags: DevFlags;
  readonly isScript: boolean;
  readonly name: string;
  readonly namespace: string;
}

/** One call of `dev`. */
class DevSession {
  readonly #context: CliContext;
  readonly #client: Client;
  readonly #options: SessionOptions;
  readonly #stop = new AbortController();
  readonly #stack = new DisposableStack();
  readonly #pods: ResourceInformer<Pod>;
  /** Manifests that this session brought to the registry, by tag. */
  readonly #pushed = new Map<string, string>();
  #workload: Workload | undefined;
  #forwarded: ForwardedService | undefined;
  /** Somebody's before us: it stays when we end. */
  #wasThere = false;
  #rounds = 0;

  constructor(context: CliContext, client: Client, options: SessionOptions) {
    this.#context = context;
    this.#client = client;
    this.#options = options;
    const { namespace, name } = options;
    this.#pods = new ResourceInformer<Pod>(context.host, client, PODS, {
      namespace,
      labelSelector: selectorOf({ name }),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { host, terminal } = this.#context;
    const { file, name, namespace } = this.#options;
    const live = await liveDeployment(this.#client, { name, namespace });
    this.#wasThere = live !== undefined;
    host.spawn("pods", () => this.#pods.run(this.#stop.signal));
    this.#stack.use(followPods(this.#context, this.#client, {
      pods: this.#pods,
      signal: this.#stop.signal,
    }));
    const watch = this.#stack.use(
      new SourceWatch(host, this.#context.path(file)),
    );
    let before = live;
    while (!signal.aborted) {
      await watch.look();
      const round = new AbortController();
      const onAbort = () => round.abort(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      const changed = watch.changed(round.signal).catch(() => {});
      const work = this.#round(before, round.signal).then(
        (deployment) => before = deployment ?? before,
        (error) => {
          if (!round.signal.aborted) terminal.err(describeFailure(error));
        },
      );
      await changed;
      // A round that is overtaken is not waited for, but no two write at once.
      round.abort(new DOMException("Overtaken", "AbortError"));
      await work;
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** From the source as it is now to new pods. */
  async #round(
    before: Deployment | undefined,
    signal: AbortSignal,
  ): Promise<Deployment | undefined> {
    const { host, terminal } = this.#context;
    const { clock } = host;
    const { file, flags, words, namespace } = this.#options;
    const begun = clock.monotonicMs();
    const { target, push } = await prepare(this.#context, file, {
      flags: { ...flags, check: false },
      namespace,
    });
    const workload = await planWorkload(
      this.#context,
      { ...target, namespace, quick: true },
      {
        flags,
        words,
        ...before?.spec.replicas !== undefined &&
          { replicas: before.spec.replicas },
      },
    );
    if (workload.image === this.#workload?.image) {
      terminal.err(`${file}: nothing has changed in what is run`);
      return undefined;
    }
    if (this.#rounds === 0) {
      await requireEngine(this.#client, workload.runtimeClass);
    }
    signal.throwIfAborted();
    const built = clock.monotonicMs();
    await this.#push(push!);
    const { deployment } = await applyWorkload(this.#client, workload, before);
    this.#workload = workload;
    this.#rounds++;
    await this.#forward(workload);
    await waitForRollout(this.#context, this.#client, {
      workload,
      generation: deployment.metadata.generation ?? 0,
    }, {
      timeoutMs: ROLLOUT_TIMEOUT_MS,
      // Only what is wrong: the ordinary way is over in no time.
      report: (line) => {
        if (line.includes(";")) terminal.err(line);
      },
      signal,
    });
    const seconds = (from: number) =>
      ((clock.monotonicMs() - from) / 1000).toFixed(2);
    terminal.err(
      `${file}: ${push!.description}; ${workload.replicas} running after ${
        seconds(begun)
      } s (built in ${((built - begun) / 1000).toFixed(2)} s)`,
    );
    if (this.#rounds === 1) this.#sayWhere(workload);
    await this.#checkTypes(signal);
    return deployment;
  }

  async #push(push: NonNullable<Prepared["push"]>): Promise<void> {
    const line = await pushPrepared(this.#context, push);
    const { repository, tag, artifact } = push;
    if (!line.endsWith("is there already")) {
      this.#pushed.set(`${repository}:${tag}`, artifact.digest);
    }
  }

  async #forward(workload: Workload): Promise<void> {
    const { port, image } = workload;
    if (port === undefined) return;
    this.#forwarded ??= this.#stack.use(
      await ForwardedService.open(this.#context, {
        pods: this.#pods,
        local: this.#options.flags.localPort ?? port.port,
        remote: port.containerPort,
        signal: this.#stop.signal,
      }),
    );
    this.#forwarded.image = image;
  }

  #sayWhere({ name, port }: Workload): void {
    const { terminal } = this.#context;
    if (this.#forwarded) {
      const wanted = this.#options.flags.localPort ?? port?.port;
      const other = wanted !== this.#forwarded.port
        ? ` (port ${wanted} cannot be had here)`
        : "";
      terminal.err(
        `http://localhost:${this.#forwarded.port} leads to ${name}${other}`,
      );
    }
    terminal.err(
      `Replaced whenever "${this.#options.file}" or what it imports is saved; Ctrl-C ${
        this.#stays ? "ends this and leaves it running" : "ends and removes it"
      }`,
    );
  }

  /** After the rollout: nobody waits for types. */
  async #checkTypes(signal: AbortSignal): Promise<void> {
    const { file, flags, isScript } = this.#options;
    if (!isScript || flags.check === false) return;
    const problem = await checkTypes(
      this.#context.host,
      this.#context.path(file),
    );
    if (problem === undefined || signal.aborted) return;
    this.#context.terminal.err(`The types do not fit:\n${problem}`);
  }

  get #stays(): boolean {
    return this.#wasThere || this.#options.flags.keep === true;
  }

  /** Takes away what this session made. */
  async end(): Promise<void> {
    this.#stack[Symbol.dispose]();
    this.#stop.abort(new DOMException("Ended", "AbortError"));
    const { name, namespace } = this.#options;
    const { terminal } = this.#context;
    if (this.#rounds > 0 && !this.#stays) {
      const kinds: readonly Resource[] = [DEPLOYMENTS, SERVICES];
      for (const resource of kinds) {
        await this.#client.delete(resource, { name, namespace }, {
          propagationPolicy: "Background",
        }).catch((error) => {
          if (!hasStatusCode(error, 404)) throw error;
        });
      }
      terminal.err(`Removed deployment and service "${name}"`);
    } else if (this.#rounds > 0) {
      terminal.err(`Left running: deployment "${name}"`);
    }
    await this.#cleanRegistry();
  }

  /** What nothing runs any more need not be kept. */
  async #cleanRegistry(): Promise<void> {
    const current = this.#stays ? this.#workload?.image : undefined;
    if (this.#pushed.size === 0) return;
    const registry = await clusterRegistry(this.#context);
    for (const [name, digest] of this.#pushed) {
      if (current?.endsWith(`/${name}`)) continue;
      const repository = name.slice(0, name.lastIndexOf(":"));
      // It is a courtesy: who may push may not always delete.
      await registry.deleteManifest(repository, digest).catch(() => {});
    }
  }
}
