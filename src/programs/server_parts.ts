/**
 * What runs beside the API server in every server, real or simulated.
 *
 * @module
 */
import { RestClient } from "../client/rest_client.ts";
import { startControllers } from "../controllers/mod.ts";
import { startScheduler } from "../scheduler/mod.ts";
import type { BackgroundPart } from "../server_main.ts";

/** Scheduler and controllers, as every server has them. */
export const SERVER_PARTS: readonly BackgroundPart[] = [
  (host, { transportFor, clusterCidr }) =>
    startControllers(
      host,
      new RestClient(transportFor("kube-controller-manager")),
      { clusterCidr },
    ),
  (host, { transportFor }) =>
    startScheduler(host, new RestClient(transportFor("kube-scheduler"))),
];
