/**
 * `wherry login` and `wherry logout`: credentials for other registries.
 *
 * @module
 */
import { decodeText } from "../../base/bytes.ts";
import {
  CLUSTER_REGISTRY,
  DEFAULT_REGISTRY,
  parseReference,
} from "../../base/oci/reference.ts";
import { RegistryError } from "../../client/registry/mod.ts";
import type { CliContext } from "../context.ts";
import { CliFailure, EXIT_OK, EXIT_USAGE } from "../failure.ts";
import { keepLogin } from "../images/docker_login.ts";
import { otherRegistry } from "../images/registries.ts";

/** Flags of `login`. */
export interface LoginFlags {
  readonly username?: string;
  readonly passwordStdin?: boolean;
  readonly plainHttp?: boolean;
}

/** Tries a name and a password, and keeps them. */
export async function login(
  context: CliContext,
  name: string,
  flags: LoginFlags,
): Promise<number> {
  const registry = checkRegistry(name);
  const { username } = flags;
  if (!username) {
    throw new CliFailure("a user's name is needed: -u NAME", {
      exitCode: EXIT_USAGE,
    });
  }
  const password = await readPassword(context, flags);
  const client = await otherRegistry(context, registry, {
    ...flags.plainHttp !== undefined && { plainHttp: flags.plainHttp },
    credentials: { username, password },
  });
  try {
    await client.ping();
  } catch (error) {
    if (!(error instanceof RegistryError) || error.status !== 401) throw error;
    throw new CliFailure(`${registry} does not know this name and password`);
  }
  const path = await keepLogin(context.host, registry, { username, password });
  context.terminal.err(`Logged in to ${registry}; kept in "${path}"`);
  return EXIT_OK;
}

/** Forgets them. */
export async function logout(
  context: CliContext,
  name: string,
): Promise<number> {
  const registry = checkRegistry(name);
  await keepLogin(context.host, registry);
  context.terminal.err(`Logged out of ${registry}`);
  return EXIT_OK;
}

function checkRegistry(name: string): string {
  if (name === CLUSTER_REGISTRY) {
    throw new CliFailure(
      "the cluster's registry knows you by the kubeconfig: nothing to log in to",
      { exitCode: EXIT_USAGE },
    );
  }
  if (name === DEFAULT_REGISTRY) return name;
  const registry = parseReference(`${name}/x`)?.registry;
  if (registry === name) return name;
  throw new CliFailure(`"${name}" is no registry: HOST[:PORT]`, {
    exitCode: EXIT_USAGE,
  });
}

/** From standard input: a line of a terminal without showing it, or all of it. */
async function readPassword(
  { terminal }: CliContext,
  { passwordStdin }: LoginFlags,
): Promise<string> {
  const { input } = terminal;
  if (passwordStdin || !input?.isTerminal) {
    return (await terminal.readInput()).replace(/\r?\n$/, "");
  }
  terminal.errBytes?.(new TextEncoder().encode("Password: "));
  input.setRaw(true);
  let text = "";
  try {
    for await (const chunk of input.readable()) {
      text += decodeText(chunk);
      if (text.includes("\u0003")) {
        throw new CliFailure("interrupted");
      }
      const end = text.search(/[\r\n]/);
      if (end >= 0) return erase(text.slice(0, end));
    }
    return erase(text);
  } finally {
    input.setRaw(false);
    terminal.err("");
  }
}

/** What is left after backspaces. */
function erase(text: string): string {
  let kept = text;
  while (/[^\u007f\b][\u007f\b]/.test(kept)) {
    kept = kept.replace(/[^\u007f\b][\u007f\b]/g, "");
  }
  return kept.replace(/[\u007f\b]/g, "");
}
