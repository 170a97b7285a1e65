/**
 * The agent that runs on this machine.
 *
 * @module
 */
import type { Host } from "../../base/host.ts";
import type { Finding, Level } from "./finding.ts";

/** Where the agent of this network namespace answers. */
const AGENT = "http://127.0.0.1:10248";
const ANSWER_MS = 2_000;

/** The part of `/debug/state` that is read here. */
interface AgentState {
  readonly node?: string;
  readonly link?: {
    readonly server?: string;
    readonly up?: boolean;
    readonly silentMs?: number;
  };
  readonly networkReady?: boolean;
  readonly pods?: readonly { readonly state?: string }[];
}

/** One line about it. @param ifBad the level when there is none */
export async function agentFinding(
  { net, clock }: Pick<Host, "net" | "clock">,
  ifBad: Level,
): Promise<Finding> {
  const what = "agent";
  let state: AgentState;
  try {
    const response = await net.fetch(
      new Request(`${AGENT}/debug/state`, { signal: clock.timeout(ANSWER_MS) }),
    );
    if (!response.ok) {
      await response.body?.cancel();
      return {
        what,
        level: "warn",
        text: `something else than our agent answers at ${AGENT}`,
      };
    }
    state = await response.json();
  } catch {
    return {
      what,
      level: ifBad,
      text: "none runs here",
      ...ifBad !== "ok" && {
        advice: "wherry agent, or wherry up for server and agent together",
      },
    };
  }
  const { node, link, pods = [] } = state;
  const counts = `${pods.length} pod${pods.length === 1 ? "" : "s"}`;
  const facts = {
    ...node !== undefined && { node },
    pods: pods.length,
    ...link?.up !== undefined && { linkUp: link.up },
  };
  const name = `node ${node ?? "?"}, ${counts}`;
  if (link && !link.up) {
    return {
      what,
      level: "warn",
      text: `${name}; not connected to ${link.server}`,
      advice: "its pods go on; see its log",
      facts,
    };
  }
  if (state.networkReady === false) {
    return {
      what,
      level: "warn",
      text: `${name}; the network of pods is not ready`,
      facts,
    };
  }
  return {
    what,
    level: "ok",
    text: `${name}${link?.server ? `, connected to ${link.server}` : ""}`,
    facts,
  };
}
