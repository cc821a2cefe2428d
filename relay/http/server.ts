/** The HTTP side: TutorCruncher's POSTs, the API for connectors, and what an operator looks at. */

import { createHash, timingSafeEqual } from 'node:crypto';

import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';

import { deriveChannel, isChannel, isToken } from '../../wire/capability.ts';
import type { Clock } from '../clock.ts';
import type { Dispatcher } from '../delivery/dispatcher.ts';
import { actionsOf, type Ingest } from '../ingest.ts';
import { nameOf } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { ActionFilter } from '../../wire/action-filter.ts';
import type { ChannelState, Store } from '../store/store.ts';
import { parseTarget, TargetRefused } from '../target-url.ts';

const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_SUBSCRIPTIONS = 200;
const MAX_ACTIONS = 500;
const IDLE_CHANNEL_MS = 24 * 60 * 60 * 1000;
/** Requests to the API a minute and address. */
const API_RATE = 300;

export interface ServerOptions {
  readonly store: Store;
  readonly ingest: Ingest;
  readonly dispatcher: Pick<Dispatcher, 'settle'>;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly targetOrigins: readonly string[];
  readonly maxChannels: number;
  readonly channels: readonly string[] | null;
  readonly logger?: FastifyBaseLogger;
  readonly apiRate?: number;
}

/** An answer that is an error, as RFC 9457 has it. */
class Problem extends Error {
  readonly status: number;
  readonly title: string;
  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.status = status;
    this.title = title;
  }
}

function sendProblem(reply: FastifyReply, status: number, title: string, detail: string): FastifyReply {
  if (status === 503) void reply.header('retry-after', '10');
  return reply.code(status).type('application/problem+json').send({ type: 'about:blank', title, status, detail });
}

const isSame = (a: string, b: string): boolean => {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
};

/** The channel that a request's bearer token opens. */
function channelOf(request: FastifyRequest): string {
  const [, token = ''] = /^Bearer ([^\s]+)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (!isToken(token)) {
    throw new Problem(401, 'Unauthorized', 'Send the token of your channel: Authorization: Bearer <token>.');
  }
  return deriveChannel(token);
}

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());

const subscriptionJson = (now: number, state: ChannelState['subscriptions'][number]) => ({
  id: state.id,
  target_url: state.targetUrl,
  ...state.filter,
  created_at: iso(state.createdAt),
  last_success_at: iso(state.lastSuccessAt),
  failures: state.failures,
  next_attempt_at: state.failures > 0 ? iso(state.nextAttemptAt) : null,
  pending: state.pending,
  lag_seconds: state.oldestPendingAt === null ? 0 : Math.max(0, Math.round((now - state.oldestPendingAt) / 1000)),
  dead_letters: state.deadLetters,
});

const ACTIONS = {
  type: 'array',
  items: { type: 'string', minLength: 1, maxLength: 100 },
  maxItems: MAX_ACTIONS,
} as const;

const SUBSCRIPTION_SCHEMA = {
  body: {
    type: 'object',
    required: ['target_url'],
    properties: { target_url: { type: 'string' }, actions: { ...ACTIONS, minItems: 1 }, all_except: ACTIONS },
    additionalProperties: false,
    oneOf: [{ required: ['actions'] }, { required: ['all_except'] }],
  },
} as const;

const EVENTS_SCHEMA = {
  querystring: {
    type: 'object',
    properties: {
      action: { type: 'string', minLength: 1, maxLength: 100 },
      limit: { type: 'integer', minimum: 1, maximum: 25, default: 3 },
    },
    additionalProperties: false,
  },
} as const;

interface SubscriptionBody {
  target_url: string;
  actions?: string[];
  all_except?: string[];
}

/** TutorCruncher's side: `POST /hooks/<channel>`, and anything below it. */
function hookRoutes(app: FastifyInstance, options: ServerOptions): void {
  const { ingest, metrics, clock } = options;
  // Bytes are kept as bytes: whatever they say they are, nothing parses or re-encodes them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) => {
    done(null, body);
  });

  const receive = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { channel } = request.params as { channel: string };
    if (!isChannel(channel)) {
      throw new Problem(404, 'Not Found', 'This URL was mistyped. Copy it again from the Zap.');
    }
    const signature = request.headers['webhook-signature'];
    if (typeof signature !== 'string' || !/^[0-9a-f]{64}$/i.test(signature)) {
      throw new Problem(400, 'Bad Request', 'Webhook-Signature must be 64 hexadecimal digits.');
    }
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const start = performance.now();
    let result;
    try {
      result = await ingest.add({
        channel,
        body,
        signature,
        contentType: request.headers['content-type'] ?? 'application/json',
        actions: actionsOf(body),
        receivedAt: clock.now(),
      });
    } catch (error) {
      metrics.ingested.inc({ result: 'failed' });
      request.log.error({ error: nameOf(error) }, 'A delivery could not be stored.');
      throw new Problem(503, 'Service Unavailable', 'The delivery could not be stored. Send it again.');
    }
    metrics.ingested.inc({ result });
    metrics.commitSeconds.observe((performance.now() - start) / 1000);
    if (result === 'full') {
      throw new Problem(503, 'Service Unavailable', 'This channel holds as much as it may. Its Zaps do not answer.');
    }
    return reply.code(202).send();
  };
  app.post('/hooks/:channel', receive);
  app.post('/hooks/:channel/*', receive);
}

/** The connector's side. */
async function apiRoutes(app: FastifyInstance, options: ServerOptions): Promise<void> {
  const { store, dispatcher, clock, targetOrigins, maxChannels, channels } = options;
  await app.register(rateLimit, {
    max: options.apiRate ?? API_RATE,
    timeWindow: 60_000,
    errorResponseBuilder: () =>
      new Problem(429, 'Too Many Requests', 'Too many requests from this address. Wait a minute.'),
  });

  async function registeredChannel(request: FastifyRequest): Promise<string> {
    const channel = channelOf(request);
    if (!(await store.hasChannel(channel))) {
      throw new Problem(404, 'Not Found', 'This channel is not registered. Register it first: PUT /channel.');
    }
    return channel;
  }

  app.put('/channel', async (request, reply) => {
    const channel = channelOf(request);
    if (channels && !channels.some((allowed) => isSame(allowed, channel))) {
      throw new Problem(403, 'Forbidden', 'This relay takes only channels that its operator has listed.');
    }
    const result = await store.registerChannel(channel, { maxChannels, idleMs: IDLE_CHANNEL_MS }, clock.now());
    if (result === 'full') {
      throw new Problem(403, 'Forbidden', 'This relay has no place for another channel. Ask its operator.');
    }
    return reply.send({ channel });
  });

  app.get('/channel', async (request) => {
    await dispatcher.settle();
    const now = clock.now();
    const state = await store.channelState(channelOf(request), now);
    if (!state) {
      throw new Problem(404, 'Not Found', 'This channel is not registered. Register it first: PUT /channel.');
    }
    const subscriptions = state.subscriptions.map((subscription) => subscriptionJson(now, subscription));
    return {
      channel: state.channel,
      created_at: iso(state.createdAt),
      last_event_at: iso(state.lastEventAt),
      events_24h: state.events24h,
      others_24h: state.others24h,
      stored_bytes: state.storedBytes,
      lag_seconds: Math.max(0, ...subscriptions.map(({ lag_seconds }) => lag_seconds)),
      subscriptions,
    };
  });

  app.delete('/channel', async (request, reply) => {
    const channel = await registeredChannel(request);
    await store.deleteChannel(channel);
    return reply.code(204).send();
  });

  app.get('/channel/events', { schema: EVENTS_SCHEMA }, async (request) => {
    const channel = await registeredChannel(request);
    const { action, limit } = request.query as { action?: string; limit: number };
    const deliveries = await store.latest(channel, action ?? null, limit);
    return {
      events: deliveries.map(({ id, receivedAt, signature, body }) => ({
        id,
        received_at: iso(receivedAt),
        signature,
        // The signature is over these bytes and no others.
        body_base64: body.toString('base64'),
      })),
    };
  });

  app.post('/channel/subscriptions', { schema: SUBSCRIPTION_SCHEMA }, async (request) => {
    const channel = await registeredChannel(request);
    const { target_url, actions, all_except } = request.body as SubscriptionBody;
    let targetUrl: string;
    try {
      targetUrl = parseTarget(target_url, targetOrigins);
    } catch (error) {
      if (error instanceof TargetRefused) throw new Problem(400, 'Bad Request', error.message);
      throw error;
    }
    const filter: ActionFilter = actions ? { actions } : { all_except: all_except ?? [] };
    const subscription = await store.subscribe(channel, { targetUrl, filter }, MAX_SUBSCRIPTIONS, clock.now());
    if (subscription === 'full') {
      throw new Problem(403, 'Forbidden', `This channel has ${MAX_SUBSCRIPTIONS} subscriptions, and takes no more.`);
    }
    return { id: subscription.id };
  });

  async function subscriptionOf(request: FastifyRequest) {
    const channel = await registeredChannel(request);
    const { id } = request.params as { id: string };
    const subscription = await store.subscription(channel, id);
    if (!subscription) throw new Problem(404, 'Not Found', 'There is no such subscription.');
    return subscription;
  }

  app.get('/channel/subscriptions/:id', async (request) => {
    await dispatcher.settle();
    const { id, channel } = await subscriptionOf(request);
    const state = await store.channelState(channel, clock.now());
    const found = state?.subscriptions.find((candidate) => candidate.id === id);
    if (!found) throw new Problem(404, 'Not Found', 'There is no such subscription.');
    return subscriptionJson(clock.now(), found);
  });

  app.delete('/channel/subscriptions/:id', async (request, reply) => {
    const { id, channel } = await subscriptionOf(request);
    await store.unsubscribe(channel, id);
    return reply.code(204).send();
  });

  app.post('/channel/subscriptions/:id/redrive', async (request, reply) => {
    const { id, channel } = await subscriptionOf(request);
    const count = await store.redrive(channel, id);
    return reply.code(202).send({ redriven: count });
  });
}

/** The operator's side. */
function operatorRoutes(app: FastifyInstance, { store, metrics }: ServerOptions): void {
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    try {
      await store.ping();
    } catch {
      throw new Problem(503, 'Service Unavailable', 'The database does not answer.');
    }
    return { status: 'ready' };
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}

/** Creates the server; the caller makes it listen. */
export async function createServer(options: ServerOptions): Promise<FastifyInstance> {
  const app = fastify({
    ...(options.logger ? { loggerInstance: options.logger } : { logger: false }),
    bodyLimit: MAX_BODY_BYTES,
    // A sender that trickles its request holds nothing up but itself, and not for long.
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    // URLs hold channels; what is worth knowing is logged where it happens.
    logController: new LogController({ disableRequestLogging: true }),
    // A proxy on this machine says who really asks.
    trustProxy: 'loopback',
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array' } },
  });

  app.setErrorHandler((error: unknown, request, reply) => {
    if (error instanceof Problem) return sendProblem(reply, error.status, error.title, error.message);
    const { statusCode = 500, validation, message = '' } = error as Partial<FastifyError>;
    if (statusCode === 413) return sendProblem(reply, 413, 'Content Too Large', 'A body may have 10 MB.');
    // Other messages may quote what was sent.
    const detail = validation ? message : 'The request could not be understood.';
    if (statusCode < 500) return sendProblem(reply, statusCode, 'Bad Request', detail);
    request.log.error({ error: nameOf(error) }, 'A request failed.');
    return sendProblem(reply, 503, 'Service Unavailable', 'Something went wrong here. Try again in a moment.');
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 404, 'Not Found', 'There is nothing here.'));

  await app.register(helmet, { contentSecurityPolicy: { directives: { defaultSrc: ["'none'"] } } });
  await app.register((scope, _options, done) => {
    hookRoutes(scope, options);
    done();
  });
  await app.register((scope) => apiRoutes(scope, options));
  await app.register((scope, _options, done) => {
    operatorRoutes(scope, options);
    done();
  });
  return app;
}
