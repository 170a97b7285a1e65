/**
 * Finds the process of a pod, as an operator on the machine would: by the pod's name in its environment or command line.
 *
 * @module
 */

/** The id of the pod's workload process; undefined when there is none. Linux only. */
export async function findPodProcess(pod: string): Promise<number | undefined> {
  const wanted = `POD_NAME=${pod}`;
  const found: number[] = [];
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const folder = `/proc/${entry.name}`;
    try {
      const [command, environment, program] = await Promise.all([
        Deno.readTextFile(`${folder}/cmdline`),
        Deno.readTextFile(`${folder}/environ`).catch(() => ""),
        Deno.readTextFile(`${folder}/comm`),
      ]);
      // Supervisors carry the command line too; they are shells.
      if (/^(sh|dash|busybox-sup)\s*$/.test(program)) continue;
      const words = [...command.split("\0"), ...environment.split("\0")];
      if (words.includes(wanted)) found.push(Number(entry.name));
    } catch {
      // Ended while we looked.
    }
  }
  return found.sort((a, b) => a - b)[0];
}
