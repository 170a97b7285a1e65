/**
 * Whether this machine lets us make processes less likely to be killed when memory runs short.
 *
 * @module
 */
import type { Host } from "../../../src/base/host.ts";

/** `CAP_SYS_RESOURCE`, see capabilities(7). */
const SYS_RESOURCE = 24n;

/** Root usually may; root in a container or a small virtual machine often not. */
export async function mayLowerOomScore(
  { disk }: Pick<Host, "disk">,
): Promise<boolean> {
  const status = await disk.readText("/proc/self/status").catch(() => "");
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return (BigInt(`0x${effective}`) >> SYS_RESOURCE & 1n) === 1n;
}
