import { webRuntime } from '../../../wire/sealing/web-runtime.ts';
import { testRuntime } from './runtime-tests.ts';

testRuntime(webRuntime);
