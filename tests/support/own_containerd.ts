/**
 * The agent's own containerd as an operator sees it.
 *
 * @module
 */
import { join } from "node:path";

/** Its socket and its process, by the configuration in the agent's data folder. */
export async function ownContainerd(
  agentDir: string,
): Promise<{ socket: string; pid: number }> {
  const config = await Deno.readTextFile(
    join(agentDir, "containerd/config.toml"),
  );
  const state = /^state = "(.+)\/state"$/m.exec(config)![1]!;
  const { pid } = JSON.parse(
    await Deno.readTextFile(`${state}/containerd.json`),
  );
  return { socket: `${state}/containerd.sock`, pid };
}
