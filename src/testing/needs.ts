/**
 * Tests that need something of the machine: they run where it is there; elsewhere they are skipped, and the reason stands in their name, where
 * the test runner counts and prints it.
 *
 * @module
 */

/** What a test may need. */
export type Need =
  | "root"
  | "linux"
  | "ordinary-user"
  | "wasmtime"
  | "containerd"
  | "nft"
  | "cni"
  | "kubectl"
  | "go"
  | "curl"
  | "openssl"
  | "kube-apiserver"
  | "etcd"
  | "kubelet";

/** What the set-up found, in `WHERRY_TOOLS` as JSON (see `tools/setup.ts`). */
export interface FoundTools {
  readonly wasmtime?: string;
  readonly containerd?: string;
  readonly nft?: string;
  readonly cniBin?: string;
  readonly [name: string]: unknown;
}

/** The tools that the test runner's set-up found; empty when a test file is run by itself without it. */
export function foundTools(): FoundTools {
  return JSON.parse(Deno.env.get("WHERRY_TOOLS") ?? "{}");
}

/**
 * Registers a test that runs only where its needs are met.
 *
 * @param name of the test
 * @param options its needs and its function
 */
export function testWith(
  name: string,
  options: {
    readonly needs: readonly Need[];
    readonly fn: (t: Deno.TestContext) => void | Promise<void>;
    readonly sanitizeOps?: boolean;
    readonly sanitizeResources?: boolean;
  },
): void {
  const missing = options.needs.filter((need) => !isMet(need));
  const { needs: _, ...rest } = options;
  Deno.test({
    ...rest,
    name: missing.length ? `${name} # needs ${missing.join(", ")}` : name,
    ignore: missing.length > 0,
  });
}

/** Whether the machine has it; for a step of a test that needs more than the test. */
export function isMet(need: Need): boolean {
  const tools = foundTools();
  switch (need) {
    case "linux":
      return Deno.build.os === "linux";
    case "root":
      return Deno.build.os === "linux" && Deno.uid() === 0;
    case "ordinary-user":
      return Deno.uid() !== 0;
    case "wasmtime":
      return typeof tools.wasmtime === "string" || onPath("wasmtime");
    case "containerd":
      return typeof tools.containerd === "string" && Deno.uid() === 0;
    case "nft":
      return tools.nft !== undefined || onPath("nft");
    case "cni":
      return tools.cniBin !== undefined;
    case "kubectl":
    case "go":
    case "curl":
    case "openssl":
    case "kube-apiserver":
    case "etcd":
    case "kubelet":
      return onPath(need);
  }
}

function onPath(program: string): boolean {
  return (Deno.env.get("PATH") ?? "").split(":").some((folder) => {
    try {
      return folder !== "" && Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}
