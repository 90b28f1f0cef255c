package reminder

// Words lets tests read a notice without delivering it.
func (r *Reminder) Words(lang, code string, params map[string]string) (title, body string) {
	return r.words(lang, code, params)
}
