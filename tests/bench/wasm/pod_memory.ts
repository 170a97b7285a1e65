/**
 * What pods cost in memory: the engine, its supervisor and the helpers that wait beside it, each by its share of what processes have in common (PSS).
 *
 * @module
 */

/** Memory of one kind of process. */
export interface ProcessMemory {
  /** How many there are. */
  count: number;
  /** Proportional share, in MB, of all of them together. */
  pssMb: number;
  /** What is theirs alone, in MB. */
  privateMb: number;
}

/** Which processes belong to the containers of an agent, by what their `state` files and the kernel's tree say. @param dir the engine's folder */
export async function podMemory(
  dir: string,
): Promise<Map<"engine" | "supervisor" | "helpers", ProcessMemory>> {
  const children = await childrenByParent();
  const found = new Map<
    "engine" | "supervisor" | "helpers",
    ProcessMemory
  >();
  const add = async (
    kind: "engine" | "supervisor" | "helpers",
    pid: number,
  ) => {
    const memory = await memoryOf(pid);
    if (!memory) return;
    const sum = found.get(kind) ?? { count: 0, pssMb: 0, privateMb: 0 };
    sum.count++;
    sum.pssMb += memory.pssMb;
    sum.privateMb += memory.privateMb;
    found.set(kind, sum);
  };
  for await (const { name } of Deno.readDir(`${dir}/containers`)) {
    const state = await Deno.readTextFile(`${dir}/containers/${name}/state`)
      .catch(() => "");
    const [kind, , , guest, , supervisor] = state.split(/\s+/);
    if (kind !== "running") continue;
    await add("engine", Number(guest));
    await add("supervisor", Number(supervisor));
    const below = [...children.get(Number(supervisor)) ?? []];
    for (let pid = below.pop(); pid !== undefined; pid = below.pop()) {
      if (pid === Number(guest)) continue;
      await add("helpers", pid);
      below.push(...children.get(pid) ?? []);
    }
  }
  return found;
}

async function childrenByParent(): Promise<Map<number, number[]>> {
  const found = new Map<number, number[]>();
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await Deno.readTextFile(`/proc/${name}/stat`).catch(() => "");
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    const siblings = found.get(parent);
    if (siblings) siblings.push(Number(name));
    else found.set(parent, [Number(name)]);
  }
  return found;
}

async function memoryOf(
  pid: number,
): Promise<{ pssMb: number; privateMb: number } | undefined> {
  const text = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`)
    .catch(() => undefined);
  if (text === undefined) return undefined;
  const value = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0) / 1024;
  return {
    pssMb: value("Pss"),
    privateMb: value("Private_Clean") + value("Private_Dirty"),
  };
}

/** Memory of the machine that is not to be had any more, in MB: what processes' figures leave out (page tables, namespaces) is in it. */
export async function usedMb(): Promise<number> {
  const text = await Deno.readTextFile("/proc/meminfo");
  const value = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]) / 1024;
  return value("MemTotal") - value("MemAvailable");
}
