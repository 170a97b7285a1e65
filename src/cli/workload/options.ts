/**
 * Words of `run`'s flags.
 *
 * @module
 */
import type { EnvFromSource, EnvVar } from "../../api/core/env.ts";
import type { Volume } from "../../api/core/volume.ts";
import type { VolumeMount } from "../../api/core/container.ts";
import { CliFailure, EXIT_USAGE } from "../failure.ts";
import type { WorkloadPort } from "./workload.ts";

const MAX_PORT = 65535;

/** An error of the command line. */
export function usage(message: string): CliFailure {
  return new CliFailure(message, { exitCode: EXIT_USAGE });
}

/** `8080`, `80:8080`: the service's port and the container's. */
export function readPort(text: string, nodePort?: number): WorkloadPort {
  const [, service, container] = /^(?:(\d+):)?(\d+)$/.exec(text) ?? [];
  const containerPort = Number(container);
  const port = service === undefined ? containerPort : Number(service);
  const isPort = (value: number) => value >= 1 && value <= MAX_PORT;
  if (!isPort(port) || !isPort(containerPort)) {
    throw usage(`--port must be PORT or PORT:CONTAINERPORT, not "${text}"`);
  }
  return {
    port,
    containerPort,
    ...nodePort !== undefined && { nodePort },
  };
}

/** `a=b,c=d` in any number of words. */
export function readPairs(
  flag: string,
  words: readonly string[],
): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const word of words.flatMap((text) => text.split(","))) {
    const at = word.indexOf("=");
    if (at < 1) throw usage(`${flag} must be NAME=VALUE, not "${word}"`);
    pairs[word.slice(0, at)] = word.slice(at + 1);
  }
  return pairs;
}

/** `NAME=VALUE`, or `NAME` for this machine's own value. */
export function readEnv(
  words: readonly string[],
  own: (name: string) => string | undefined,
): EnvVar[] {
  return words.flatMap((word) => {
    const at = word.indexOf("=");
    if (at === 0 || word === "") {
      throw usage(`--env must be NAME=VALUE, not "${word}"`);
    }
    if (at > 0) return [{ name: word.slice(0, at), value: word.slice(at + 1) }];
    const value = own(word);
    if (value === undefined) {
      throw usage(`--env ${word}: there is no such variable here`);
    }
    return [{ name: word, value }];
  });
}

/** Lines of a file of variables, as docker has it: `NAME=VALUE` as it is, `NAME` for this machine's own, `#` comments. */
export function envFileWords(text: string): string[] {
  return text.replace(/^\uFEFF/, "").split("\n").map((line) =>
    line.replace(/\r$/, "").trimStart()
  ).filter((line) => line !== "" && !line.startsWith("#"));
}

/** `secret/NAME`, `configmap/NAME`: all that is in it. */
export function readEnvFrom(words: readonly string[]): EnvFromSource[] {
  return words.map((word) => {
    const [kind, name, ...more] = word.split("/");
    if (name && more.length === 0) {
      if (kind === "secret") return { secretRef: { name } };
      if (kind === "configmap") return { configMapRef: { name } };
    }
    throw usage(
      `--env-from must be secret/NAME or configmap/NAME, not "${word}"`,
    );
  });
}

/** `/folder:/path[:ro]`, `configmap/NAME:/path`, `secret/NAME:/path`, `claim/NAME:/path`, `empty:/path`. */
export function readVolume(
  word: string,
  index: number,
): { volume: Volume; mount: VolumeMount } {
  const [, source = "", mountPath = "", readOnly] =
    /^([^:]+):(\/[^:]*)(?::(ro|rw))?$/.exec(word) ?? [];
  const name = `volume-${index + 1}`;
  const from = sourceOf(source);
  if (!from) {
    throw usage(
      `-v must be SOURCE:/PATH[:ro], with /FOLDER of the node, configmap/NAME, secret/NAME, claim/NAME or "empty" as source, not "${word}"`,
    );
  }
  return {
    volume: { name, ...from } as Volume,
    mount: { name, mountPath, ...readOnly === "ro" && { readOnly: true } },
  };
}

function sourceOf(source: string): Partial<Volume> | undefined {
  if (source.startsWith("/")) return { hostPath: { path: source } };
  if (source === "empty") return { emptyDir: {} };
  const [kind, name, ...more] = source.split("/");
  if (!name || more.length > 0) return undefined;
  switch (kind) {
    case "configmap":
      return { configMap: { name } };
    case "secret":
      return { secret: { secretName: name } };
    case "claim":
      return { persistentVolumeClaim: { claimName: name } };
  }
  return undefined;
}
