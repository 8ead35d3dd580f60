import { createApp } from 'vue'
import '../ui/base.css'
import './account.css'
import AccountPage from './account-page.vue'

createApp(AccountPage).mount('#account')
