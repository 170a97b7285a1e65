/**
 * `wherry image`: works on this machine's node, through the agent's local socket.
 *
 * @module
 */
import { HostError } from "../../base/host.ts";
import type { CliContext } from "../context.ts";
import { CliFailure, EXIT_OK } from "../failure.ts";

/** Where the agent of this network namespace answers; the kubelet's healthz port. */
const AGENT_HEALTH = "http://127.0.0.1:10248";

/**
 * Loads an OCI or Docker archive into the node's containerd.
 *
 * @param options `dataDir` is the agent's data folder; without it the agent of this machine is asked where its socket is
 */
export async function importImage(
  context: CliContext,
  file: string,
  options: { readonly dataDir?: string },
): Promise<number> {
  const path = context.path(file);
  try {
    if (!(await context.host.disk.stat(path)).isFile) {
      throw new CliFailure(`the path "${file}" is not a file`);
    }
  } catch (error) {
    if (error instanceof HostError && error.code === "not-found") {
      throw new CliFailure(`the path "${file}" does not exist`);
    }
    throw error;
  }
  const socket = options.dataDir === undefined
    ? await askSocket(context)
    : `${context.path(options.dataDir)}/agent.sock`;
  let response: Response;
  try {
    response = await context.host.net.fetch(
      new Request("http://agent/images/import", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ path }),
      }),
      { unixPath: socket },
    );
  } catch (error) {
    throw new CliFailure(
      `no agent answers at ${socket}: is it running, with this --data-dir? (${
        error instanceof Error ? error.message : error
      })`,
    );
  }
  const answer = await response.text();
  if (!response.ok) throw new CliFailure(answer.trim());
  const { images } = JSON.parse(answer) as { images: string[] };
  for (const image of images) await context.print(`imported ${image}`);
  return EXIT_OK;
}

async function askSocket(context: CliContext): Promise<string> {
  try {
    const response = await context.host.net.fetch(
      new Request(`${AGENT_HEALTH}/local-socket`),
    );
    const path = (await response.text()).trim();
    if (response.ok && path.startsWith("/")) return path;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
  }
  throw new CliFailure(
    "no agent runs on this machine: start one, or say --data-dir",
  );
}
