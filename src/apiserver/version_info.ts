/**
 * /version: which Kubernetes we behave as.
 *
 * @module
 */
import { WHERRY_VERSION } from "../base/version.ts";

/** The Kubernetes release whose API this is. */
export const KUBERNETES_VERSION = { major: "1", minor: "36", patch: "0" };

/** The body of `/version`. */
export function versionInfo(arch: string): unknown {
  const { major, minor, patch } = KUBERNETES_VERSION;
  return {
    major,
    minor,
    gitVersion: `v${major}.${minor}.${patch}+wherry-${WHERRY_VERSION}`,
    gitCommit: "",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "none",
    compiler: "deno",
    platform: `linux/${arch === "aarch64" ? "arm64" : "amd64"}`,
  };
}
