import { createPinia } from 'pinia'
import { createApp } from 'vue'
import '../ui/base.css'
import './console.css'
import ConsoleShell from './console-shell.vue'
import { makeRouter } from './router.ts'
import { takeInvitationCode } from './session/invitation-code.ts'

// Before anything else: the code must not stay in the address, where history, screens and extensions see it.
const code = takeInvitationCode(location, history)

createApp(ConsoleShell).use(createPinia()).use(makeRouter(code)).mount('#console')
