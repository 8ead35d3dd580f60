import { createApp } from 'vue'
import '../ui/base.css'
import './login.css'
import { conversation } from './conversation.ts'
import LoginPage from './login-page.vue'

const path = location.pathname.replace(/\/$/, '')
createApp(LoginPage, { server: conversation(`${path}/api`) }).mount('#login')
