/**
 * What the kernel says of a process: memory, processor time, bytes written, bytes on the wire. Linux only.
 *
 * @module
 */

/** Resident set in MB (10^6 bytes... as `ps` counts: KiB / 1024). */
export async function rssMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** What of the resident set no file holds, in MB: heaps, stacks and the like. The rest comes back from files when it is needed. */
export async function anonymousMb(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** Processor seconds, user and system. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Bytes that the process caused to be written to storage. */
export async function writtenBytes(pid: number): Promise<number> {
  const io = await Deno.readTextFile(`/proc/${pid}/io`);
  return Number(/^write_bytes: (\d+)/m.exec(io)?.[1]);
}
