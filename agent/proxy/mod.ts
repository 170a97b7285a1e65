/**
 * The userspace service proxy: services' addresses in, connections to ready endpoints out.
 *
 * | file | what |
 * |---|---|
 * | `proxied_service.ts` | what the proxy is told |
 * | `proxy.ts` | keeps listeners and rules as wished |
 * | `tcp_port.ts` | one service port: accept, choose, dial |
 * | `balancer.ts` | round robin, random |
 * | `relay.ts` | the bytes of one connection |
 * | `redirect.ts` | the ways from a VIP to a listener: `nft_redirect.ts`, `bound_redirect.ts`, `local_route.ts` |
 *
 * @module
 */
export type {
  BalancePolicy,
  ProxiedPort,
  ProxyEndpoint,
} from "./proxied_service.ts";
export type { Redirect } from "./redirect.ts";
export { BoundRedirect } from "./bound_redirect.ts";
export { type NftCommand, NftRedirect } from "./nft_redirect.ts";
export { ServiceProxy } from "./proxy.ts";
