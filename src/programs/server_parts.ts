/**
 * What runs beside the API server in every server, real or simulated: controllers and scheduler, on shared informers.
 *
 * @module
 */
import { RestClient } from "../client/rest_client.ts";
import { addControllers } from "../controllers/mod.ts";
import { Manager } from "../loop/manager.ts";
import { addScheduler } from "../scheduler/mod.ts";
import type { BackgroundPart } from "../server_main.ts";

/** Controllers and scheduler. */
export const SERVER_PARTS: readonly BackgroundPart[] = [
  async (host, { transportFor, caCertificate, issuers, ...ranges }) => {
    const client = new RestClient(transportFor("kube-controller-manager"));
    const manager = new Manager(host, client);
    const controllers = addControllers(host, manager, {
      client,
      ...ranges,
      rootCa: caCertificate,
      ...issuers,
    });
    const scheduler = addScheduler(host, manager, {
      client: new RestClient(transportFor("kube-scheduler")),
    });
    const close = async () => {
      await manager[Symbol.asyncDispose]();
      await scheduler[Symbol.asyncDispose]();
      await controllers[Symbol.asyncDispose]();
    };
    try {
      await manager.start();
    } catch (error) {
      await close();
      throw error;
    }
    return {
      stats: () => ({ ...manager.stats(), scheduler: scheduler.stats() }),
      [Symbol.asyncDispose]: close,
    };
  },
];
