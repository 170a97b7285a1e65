/**
 * Pods whose containers are run by different engines: the annotation `wherry.dev/runtime.<container>`.
 *
 * @module
 */
import type { Pod } from "./pod.ts";

/** Begins the annotations that give a container an engine of its own; the container's name follows. */
export const ENGINE_ANNOTATION = "wherry.dev/runtime.";

/** The engines that a container may be given. */
export const ENGINES: readonly string[] = ["containerd", "wasmtime", "deno"];

/** Engine of pods that name no RuntimeClass: containers, as everywhere. */
export const DEFAULT_ENGINE = "containerd";

/** RuntimeClasses that are engines of the agent; any other is a handler of the CRI runtime. */
const ENGINE_CLASSES: readonly string[] = ["wasmtime", "deno"];

/** Whether a pod gives one of its containers an engine. */
export function asksForEngines({ metadata }: Pick<Pod, "metadata">): boolean {
  for (const key in metadata.annotations) {
    if (key.startsWith(ENGINE_ANNOTATION)) return true;
  }
  return false;
}

/** Which engine is to run which container, and what is wrong with that. */
export interface PodEngines {
  /** Of every container, init containers and ephemeral ones too. */
  readonly engines: Readonly<Record<string, string>>;
  /** Sentences; a pod with one cannot run. */
  readonly problems: readonly string[];
}

/** What a pod's annotations say. */
export function podEngines({ metadata, spec }: Pod): PodEngines {
  const { runtimeClassName, initContainers = [], ephemeralContainers = [] } =
    spec;
  const names = [...initContainers, ...spec.containers, ...ephemeralContainers]
    .map(({ name }) => name);
  const isEngine = runtimeClassName !== undefined &&
    ENGINE_CLASSES.includes(runtimeClassName);
  const usual = isEngine ? runtimeClassName : DEFAULT_ENGINE;
  const engines: Record<string, string> = {};
  for (const name of names) engines[name] = usual;
  const problems: string[] = [];
  for (const [key, engine] of Object.entries(metadata.annotations ?? {})) {
    if (!key.startsWith(ENGINE_ANNOTATION)) continue;
    const name = key.slice(ENGINE_ANNOTATION.length);
    if (!names.includes(name)) {
      problems.push(
        `annotation "${key}" names no container of the pod, there are ${
          list(names)
        }`,
      );
    } else if (!ENGINES.includes(engine)) {
      problems.push(
        `annotation "${key}" asks for the engine "${engine}", there are ${
          list(ENGINES)
        }`,
      );
    } else engines[name] = engine;
  }
  // Such a handler's sandbox may be a machine of its own, whose network nobody outside of it can join.
  if (runtimeClassName !== undefined && !isEngine) {
    const other = Object.entries(engines).find(([, engine]) =>
      engine !== DEFAULT_ENGINE
    );
    if (other) {
      problems.push(
        `RuntimeClass "${runtimeClassName}" is a handler of containers, and container "${
          other[0]
        }" cannot be in its sandbox with the engine "${other[1]}"`,
      );
    }
  }
  return { engines, problems };
}

function list(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(", ");
}
