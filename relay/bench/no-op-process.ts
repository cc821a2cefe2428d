/** A process with the relay's route for events, in the same framework, that stores nothing. */

import fastify from 'fastify';

const server = fastify();
server.removeAllContentTypeParsers();
server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
  done(null, body);
});
server.post('/hooks/:channel', (_request, reply) => reply.code(202).send());
process.on('disconnect', () => process.exit());
process.send?.(await server.listen({ port: 0, host: '127.0.0.1' }));
