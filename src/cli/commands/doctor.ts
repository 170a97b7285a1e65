/**
 * `wherry doctor`: what this machine has for each role, and what to do about the rest.
 *
 * @module
 */
import { cacheFolder } from "../build/componentizer.ts";
import { runDeno } from "../build/deno_tool.ts";
import type { CliContext } from "../context.ts";
import { agentFinding } from "../doctor/agent_here.ts";
import { clusterFindings } from "../doctor/cluster.ts";
import type { Finding, Level, Role, Section } from "../doctor/finding.ts";
import { machineSection } from "../doctor/machine.ts";
import { firstThere, lookAt, programFinding } from "../doctor/programs.ts";
import { EXIT_FAILED, EXIT_OK } from "../failure.ts";
import { goJson } from "../output.ts";
import { WHERRY_VERSION } from "../../base/version.ts";

const MINIMUM_DENO = "2.9.0";

/** Flags of `doctor`. */
export interface DoctorFlags {
  readonly output?: "json";
}

/** Looks at everything; what a role lacks that was asked about is a failure. @param roles @default cli */
export async function doctor(
  context: CliContext,
  roles: readonly Role[],
  flags: DoctorFlags,
): Promise<number> {
  const { host } = context;
  const wanted = new Set<Role>(roles.length > 0 ? roles : ["cli"]);
  const levelFor = (role: Role): Level => wanted.has(role) ? "fail" : "warn";
  const sections: Section[] = await Promise.all([
    programSection(context),
    Promise.all([
      clusterFindings(context, levelFor("cli")),
      agentFinding(host, wanted.has("agent") ? "warn" : "ok"),
    ]).then(([cluster, agent]) => ({
      title: "The cluster",
      findings: [...cluster, agent],
    })),
    machineSection(host, levelFor("agent")),
  ]);
  const all = sections.flatMap(({ findings }) => findings);
  const hasFailed = all.some(({ level }) => level === "fail");
  if (flags.output === "json") {
    await context.print(goJson({ ok: !hasFailed, sections }, 4));
  } else {
    for (const section of sections) await printSection(context, section);
  }
  return hasFailed ? EXIT_FAILED : EXIT_OK;
}

async function programSection(context: CliContext): Promise<Section> {
  const { host } = context;
  const { denoPath } = host.processes;
  const deno = await lookAt(host, denoPath);
  return {
    title: `This program, Wherry ${WHERRY_VERSION}`,
    findings: [
      programFinding("Deno", deno, { minimum: MINIMUM_DENO, ifBad: "fail" }),
      ...await toolFindings(context),
    ],
  };
}

/** What is fetched when it is first needed. */
async function toolFindings({ host }: CliContext): Promise<Finding[]> {
  const info = await runDeno(host, ["info", "--json"]);
  const { denoDir = "" } = info.code === 0
    ? JSON.parse(info.stdout) as { denoDir?: string }
    : {};
  const cached = await host.disk.list(`${denoDir}/dl`).catch(() => []);
  const esbuild = cached.find((name) => name.startsWith("esbuild-"));
  const componentize = (await host.disk.list(cacheFolder(host)).catch(() => []))
    .find((name) => /^componentize-js-[\d.]+$/.test(name));
  const wat = await firstThere(
    host,
    (await host.disk.list(`${denoDir}/npm`).catch(() => [])).map((registry) =>
      `${denoDir}/npm/${registry}/@bytecodealliance/jco-transpile`
    ),
  );
  const tool = (
    what: string,
    use: string,
    found: string | undefined,
    size: string,
  ): Finding => ({
    what,
    level: "ok",
    text: found === undefined
      ? `${use}: fetched from npm at first use (${size})`
      : `${use}: here, ${found}`,
  });
  return [
    tool(
      "esbuild",
      "bundles scripts",
      esbuild && `${denoDir}/dl/${esbuild}`,
      "10 MB",
    ),
    tool("wasm-tools", "translates .wat", wat, "23 MB"),
    tool(
      "componentize-js",
      "builds --target wasi-http",
      componentize && `${cacheFolder(host)}/${componentize}`,
      "385 MB",
    ),
  ];
}

const NAME_WIDTH = 16;

async function printSection(
  context: CliContext,
  { title, findings }: Section,
): Promise<void> {
  await context.print(title);
  for (const { what, level, text, advice } of findings) {
    await context.print(
      `  ${level.padEnd(5)}${what.padEnd(NAME_WIDTH)}${text}`,
    );
    if (advice !== undefined) {
      await context.print(`  ${" ".repeat(5 + NAME_WIDTH)}→ ${advice}`);
    }
  }
}
