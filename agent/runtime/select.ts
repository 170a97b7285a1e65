/**
 * Which runtime runs which pod.
 *
 * @module
 */
import type { Pod } from "../../src/api/core/pod.ts";
import { asksForEngines } from "../../src/api/core/pod_engines.ts";
import { MixedRuntime } from "./mixed/mixed_runtime.ts";
import { MissingRuntime } from "./missing_runtime.ts";
import type { Runtime } from "./runtime.ts";

/** Runtime of pods that name no RuntimeClass: containers, as everywhere. */
export const DEFAULT_RUNTIME = "containerd";

/** RuntimeClasses that this agent knows by name; any other is a handler of the CRI runtime. */
const OWN_CLASSES: readonly string[] = ["wasmtime", "deno", "fake"];

/** The runtimes of a node. */
export class RuntimeSet {
  readonly all: readonly Runtime[];
  /** For pods that ask for several of them. */
  readonly mixed: MixedRuntime;
  readonly #default: string;
  /** One a name: whoever keeps something by runtime must not keep one more for every pod. */
  readonly #missing = new Map<string, Runtime>();

  /** @param options.default name of the runtime for pods without RuntimeClass. @default "containerd" */
  constructor(
    runtimes: readonly Runtime[],
    options: { readonly default?: string } = {},
  ) {
    this.all = runtimes;
    this.mixed = new MixedRuntime(runtimes);
    this.#default = options.default ?? DEFAULT_RUNTIME;
  }

  /** The runtime that a pod asks for. Where the node lacks it, the answer is one whose every start fails with a clear text. */
  select(pod: Pod): Runtime {
    if (asksForEngines(pod)) return this.mixed;
    const name = this.nameFor(pod);
    const there = this.all.find((runtime) => runtime.name === name) ??
      this.#missing.get(name);
    if (there) return there;
    const missing = new MissingRuntime(name);
    this.#missing.set(name, missing);
    return missing;
  }

  /** Name of the runtime that a pod asks for. */
  nameFor(pod: Pod): string {
    const { runtimeClassName } = pod.spec;
    if (runtimeClassName === undefined) return this.#default;
    return OWN_CLASSES.includes(runtimeClassName)
      ? runtimeClassName
      : this.#default;
  }

  /** The CRI handler that a pod asks for: its RuntimeClass, unless that names one of our own runtimes. */
  handlerFor(pod: Pod): string | undefined {
    const { runtimeClassName } = pod.spec;
    if (runtimeClassName === undefined) return undefined;
    return OWN_CLASSES.includes(runtimeClassName)
      ? undefined
      : runtimeClassName;
  }
}
