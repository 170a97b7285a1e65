/**
 * Whether the machine goes down, and not just a service on it.
 *
 * @module
 */
import type { Host } from "../base/host.ts";

/** systemd's word for a machine that goes down. */
const STOPPING = "stopping";

/**
 * Asked when a signal has told us to end. Under systemd it says itself; where something else starts and stops programs (a container, another init), whoever ends
 * the agent ends the node.
 */
export async function isMachineStopping(
  { processes }: Pick<Host, "processes">,
): Promise<boolean> {
  try {
    const { stdout } = await processes.run("systemctl", {
      args: ["is-system-running"],
      timeoutMs: 5_000,
    });
    const state = stdout.trim();
    // What it says where systemd is installed but does not run.
    return state === STOPPING || state === "offline" || state === "";
  } catch {
    return true; // no systemd
  }
}
