package web_test

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"

	"clusterzone/services/web/views"
	"clusterzone/services/wording"
)

// sample is one component as pages use it, under the name of its function.
type sample struct {
	name string
	view templ.Component
}

// instant is 10:32 on the day of every sample, in Shanghai.
func instant() time.Time { return time.Date(2026, 11, 23, 2, 32, 0, 0, time.UTC) }

// within renders children inside a component that takes them.
func within(parent templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return parent.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

// galleryPage is the frame of the gallery. Sample words are Chinese in both
// languages, as the names in real cases are.
func galleryPage(path string) views.Page {
	return views.Page{
		Title: "组件样张", Path: path, Demo: true, Unread: 128, Search: "CQ-2026", Map: true, Chart: true,
		User:  &views.UserBox{Name: "演示甲", Unit: "渝中区人民政府(演示)", Roles: []string{"填报员", "审签人"}, For: "演示乙"},
		Flash: &views.Flash{Kind: views.Done, Text: "已提交,回执编号 CQ-2026-0017。", Links: []views.Link{{Label: "查看回执", Href: "#receipt"}}},
		Menu: []views.MenuItem{
			{Label: "工作台", Href: "/", Icon: "home", Active: true, Count: 5},
			{Section: "申报", Label: "申报书", Href: "/applications", Icon: "file-text", Count: 2},
			{Section: "申报", Label: "示范区", Href: "/zones", Icon: "map"},
			{Section: "年度", Label: "年度考评", Href: "/evaluations", Icon: "report-analytics"},
			{Section: "年度", Label: "统计直报", Href: "/reports", Icon: "chart-bar"},
		},
	}
}

func gallery() []sample {
	samples := frameSamples()
	samples = append(samples, caseSamples()...)
	samples = append(samples, formSamples()...)
	samples = append(samples, tableSamples()...)
	return append(samples, widgetSamples()...)
}

func frameSamples() []sample {
	return []sample{
		{"PageHeader", within(views.PageHeader(views.Header{
			Crumbs: []views.Link{{Label: "申报书", Href: "/applications"}, {Label: "2026年第一批", Href: "/rounds/1"}},
			Title:  "渝中区化龙桥专业服务(法律服务)集聚示范区", Lead: "编号 CQ-2026-0017 · 渝中区人民政府",
			Badge: &views.Badge{Label: "审核中", Tone: views.Active},
		}), views.ActionButton(views.Action{Label: "打印", Href: "/print", Get: true, Icon: "printer"}))},
		{"FlashBox", templ.Join(
			views.FlashBox(views.Flash{Kind: views.Note, Text: "公示期为 11月24日至 11月30日。"}),
			views.FlashBox(views.Flash{Kind: views.Warning, Text: "2027年放假安排尚未公布,到期日为暂定。"}),
			views.FlashBox(views.Flash{Kind: views.Failed, Text: "没有保存:上报年度超出批次范围。"}),
		)},
		{"Icon", views.Icon("building-community")},
		{"Panel", within(views.Panel("发展主体"), views.DefinitionList([]views.Item{
			{Term: "名称", Text: "演示产业发展有限公司"},
			{Term: "统一社会信用代码", Text: "91500000MA5EXAMPLE"},
			{Term: "四至范围", Text: "东至嘉陵路,南至虎头岩隧道,西至红岩村,北至嘉陵江", Changed: true},
			{Term: "规划面积", Text: wording.Area(3_254_900), Href: "#map"},
			{Term: "专职管理人员", Text: ""},
			{Term: "状态", View: views.StateBadge(views.Badge{Label: "已核对", Tone: views.Good})},
		}))},
	}
}

func caseSamples() []sample {
	return []sample{
		{"StepBar", templ.Join(views.StepBar([]views.Step{
			{Label: "填报", Note: "11月2日", State: views.StepDone}, {Label: "受理审查", Note: "11月9日", State: views.StepDone},
			{Label: "征求意见与评审", Note: "进行中", State: views.StepCurrent}, {Label: "推荐", State: views.StepNext},
			{Label: "公示", State: views.StepNext}, {Label: "认定", State: views.StepNext},
		}), views.StepBar([]views.Step{
			{Label: "填报", State: views.StepDone}, {Label: "受理审查", State: views.StepDone},
			{Label: "现场考察", State: views.StepSkipped}, {Label: "不予认定", Note: "11月20日", State: views.StepRefused},
		}))},
		{"ClockPanel", templ.Join(
			views.ClockPanel(views.Clock{Used: 4, Paused: 2, Left: 3, Due: instant().AddDate(0, 0, 3), Running: true}),
			views.ClockPanel(views.Clock{Used: 12, Left: 5, Due: instant(), Overdue: true}),
			views.ClockPanel(views.Clock{Used: 2, Paused: 6, Left: 3, Due: instant().AddDate(0, 1, 9), Pause: true, PauseReason: "等待区县补正,补正送回后继续计时。", Provisional: true}),
		)},
		{"ClockBadge", templ.Join(
			views.ClockBadge(views.Clock{Left: 1, Running: true}), views.ClockBadge(views.Clock{Left: 0, Running: true}),
			views.ClockBadge(views.Clock{Left: 1, Overdue: true}), views.ClockBadge(views.Clock{Finished: true}),
		)},
		{"StateBadge", templ.Join(
			views.StateBadge(views.Badge{Label: "未开始", Tone: views.Quiet}), views.StateBadge(views.Badge{Label: "办理中", Tone: views.Active}),
			views.StateBadge(views.Badge{Label: "待补正", Tone: views.Waiting}), views.StateBadge(views.Badge{Label: "已认定", Tone: views.Good}),
			views.StateBadge(views.Badge{Label: "不予认定", Tone: views.Bad}),
		)},
		{"ActionBar", views.ActionBar(actions())},
		{"ActionButton", views.ActionButton(actions()[0])},
		{"Tabs", views.Tabs([]views.Tab{
			{Label: "申报内容", Href: "?tab=content", Active: true}, {Label: "材料", Href: "?tab=files", Count: 9},
			{Label: "意见", Href: "?tab=opinions", Count: 3, Alert: true}, {Label: "评分", Href: "?tab=scores"},
			{Label: "公示", Href: "?tab=notice"}, {Label: "办理记录", Href: "?tab=history"},
		})},
		{"Timeline", templ.Join(views.Timeline([]views.Event{
			{When: instant(), Text: "市发展改革委 演示丙 决定进入评审。", Tone: views.Active, Icon: "arrow-right"},
			{When: instant().Add(-50 * time.Hour), Text: "渝中区 演示甲 送回补正,修改 3 项。", Links: []views.Link{{Label: "查看修改", Href: "#diff"}, {Label: "第 3 版", Href: "#v3"}}},
			{When: instant().Add(-90 * time.Hour), Text: "市发展改革委 演示丙 退回补正。", Reason: "四至范围图与坐标不一致,请核对南侧边界;配套资金文件缺文号。", Tone: views.Bad, Icon: "rotate"},
			{When: instant().Add(-200 * time.Hour), Text: "渝中区 演示乙 审签并提交。", Tone: views.Good, Icon: "signature"},
		}), views.Timeline(nil))},
		{"VerdictRow", templ.Join(views.VerdictRow(views.Verdict{
			Name: "body", Label: "发展主体", Href: "#body", Options: verdictOptions(), Value: "pass",
			Checks: []views.Check{{Tone: views.Good, Text: "统一社会信用代码校验通过"}, {Tone: views.Good, Text: "本批次没有其他申报使用该主体"}},
		}), views.VerdictRow(views.Verdict{
			Name: "boundary", Label: "四至范围", Options: verdictOptions(), Value: "correct", Words: "",
			Error:  "四至范围:选择了补正,但没有写明补正内容。请写明问题和修改要求。",
			Checks: []views.Check{{Tone: views.Bad, Text: "申报面积与图形面积相差 12.4%,超过 5%"}, {Tone: views.Waiting, Text: "与邻区一个示范区重叠 0.02 km²"}},
		}), views.VerdictRow(views.Verdict{Name: "goals", Label: "发展目标", Options: verdictOptions(), Value: "question", Words: "请说明 2028 年营收增长依据。", Locked: true}))},
		{"CheckLine", templ.Join(templ.Raw(`<ul class="checks">`), views.CheckLine(views.Check{Tone: views.Good, Text: "材料齐全"}), templ.Raw("</ul>"))},
		{"TaskList", views.TaskList([]views.Task{
			{Label: "发展主体", Href: "?part=body", Badge: views.Badge{Label: "完成", Tone: views.Good}},
			{Label: "四至范围", Href: "?part=boundary", Active: true, Badge: views.Badge{Label: "有问题", Tone: views.Active}},
			{Label: "发展目标", Href: "?part=goals", Badge: views.Badge{Label: "需补正", Tone: views.Waiting}},
			{Label: "业态特色", Href: "?part=character", Badge: views.Badge{Label: "未开始", Tone: views.Quiet}},
		})},
		{"ProgressBox", templ.Join(
			views.ProgressBox(views.Progress{Label: "导出会议材料", Done: 7, Total: 23, Poll: "/progress"}),
			views.ProgressBox(views.Progress{Label: "导入企业名单", Done: 3, Total: 3, Links: []views.Link{{Label: "查看结果", Href: "#result"}}}),
			views.ProgressBox(views.Progress{Label: "归档", Error: "存储服务没有响应,请稍后重试。"}),
		)},
	}
}

func actions() []views.Action {
	return []views.Action{
		{Label: "进入评审", Href: "/applications/17/actions", Name: "action", Value: "review", Version: 6, Primary: true, Icon: "arrow-right"},
		{Label: "退回补正", Href: "/applications/17/actions", Name: "action", Value: "correct", Version: 6, Icon: "rotate", Confirm: &views.Confirm{
			Title: "退回补正", Text: "将一次告知全部 3 项补正内容,补正期限 10 个工作日。", Reason: "补正说明", Help: "写明问题、依据和修改要求。",
		}},
		{Label: "不予受理", Href: "/applications/17/actions", Name: "action", Value: "refuse", Version: 6, Danger: true, Confirm: &views.Confirm{
			Title: "不予受理", Text: "此操作会终止本次申报。", Reason: "不予受理的理由", Button: "确认不予受理",
		}},
		{Label: "推荐", Href: "/applications/17/actions", Value: "recommend", Blocked: "还有 2 个部门未答复意见,专家评分未全部提交。"},
	}
}

func verdictOptions() []views.Option {
	return []views.Option{{Value: "pass", Label: "通过"}, {Value: "correct", Label: "补正"}, {Value: "question", Label: "疑问"}}
}

func formSamples() []sample {
	sectors := []views.Option{{Value: "finance", Label: "新兴金融服务业", Chosen: true}, {Value: "health", Label: "大健康服务业"}, {Value: "logistics", Label: "国际物流及城乡配送", Help: "含冷链与分拨"}}
	areas := []views.Option{{Value: "core", Label: "都市功能核心区", Group: "主城"}, {Value: "expansion", Label: "都市功能拓展区", Group: "主城"}, {Value: "northeast", Label: "渝东北生态涵养发展区", Group: "生态区"}}
	problems := []views.Problem{
		{Field: "goal.revenue", Text: "营业收入:2028年低于基期,请填写理由或改正数字。"},
		{Text: "材料:缺少区县政府请示,请到“材料”上传。"},
	}
	form := views.FormFrame(views.Form{Action: "/applications/17", Version: 6, Autosave: "/applications/17/draft", Problems: problems})
	return []sample{
		{"FormFrame", within(form,
			views.TextField(views.Field{Name: "zone.name", Label: "示范区名称", Value: "化龙桥专业服务集聚示范区", Required: true, Help: "区县名、地名、业态加“集聚示范区”。", Max: 60}),
			views.TextField(views.Field{Name: "body.phone", Label: "联系电话", Hint: "例如 023-6310 0000", Kind: "tel", Error: "联系电话:号码不完整,请补上区号。"}),
			views.TextArea(views.Field{Name: "position.text", Label: "功能定位", Value: "面向西部的法律服务高地。", Max: 800, Words: "请补充与都市功能核心区鼓励产业的关系。", Required: true}),
			views.NumberField(views.Field{Name: "goal.revenue", Label: "2028年营业收入", Value: "125000.50", Unit: "万元", Step: "0.01", Least: "0", Carried: true, Error: "营业收入:2028年低于基期,请填写理由或改正数字。"}),
			views.SelectField(views.Field{Name: "position.area", Label: "功能区域", Options: areas, Value: "core", Required: true}),
			views.Checkboxes(views.Field{Name: "sectors", Label: "所属领域", Options: sectors, Help: "可多选。", Required: true}),
			views.Radios(views.Field{Name: "body.kind", Label: "主体类型", Value: "state", Error: "主体类型:与证照不一致,请核对。", Options: []views.Option{{Value: "committee", Label: "管委会"}, {Value: "state", Label: "国有企业"}}}),
			views.DateField(views.Field{Name: "fund.date", Label: "承诺到位日期", Value: "2027-06-30"}),
			views.Checkbox(views.Field{Name: "truth", Label: "承诺所填内容真实、准确、完整", Required: true}),
			views.TextField(views.Field{Name: "unit", Label: "申报单位", Value: "渝中区人民政府", ReadOnly: true}),
			within(views.FormFoot(), views.SubmitButton("提交审签", "then", "sign")),
		)},
		{"ErrorSummary", views.ErrorSummary(problems[:1])},
		{"TextField", views.TextField(views.Field{Name: "alone", Label: "单独的字段", Autocomplete: "email", Kind: "email"})},
		{"TextArea", views.TextArea(views.Field{Name: "area", Label: "说明", Rows: 2})},
		{"NumberField", views.NumberField(views.Field{Name: "count", Label: "家数", Most: "9999"})},
		{"SelectField", views.SelectField(views.Field{Name: "kind", Label: "类别", Options: sectors, ReadOnly: true})},
		{"Checkboxes", views.Checkboxes(views.Field{Name: "many", Label: "多选", Options: sectors})},
		{"Radios", views.Radios(views.Field{Name: "one", Label: "单选", Options: sectors})},
		{"DateField", views.DateField(views.Field{Name: "day", Label: "日期", Least: "2026-01-01"})},
		{"Checkbox", views.Checkbox(views.Field{Name: "agree", Label: "同意", Value: "true", Error: "请先同意。"})},
		{"FormFoot", within(views.FormFoot(), views.SubmitButton("保存", "", ""))},
		{"SubmitButton", views.SubmitButton("保存", "", "")},
		{"StaleComparison", views.StaleComparison(views.Stale{
			Action: "/applications/17", Version: 8, By: "演示乙", When: "10:31", Hidden: map[string]string{"part": "goals"},
			Rows: []views.StaleRow{{Name: "goal.text", Label: "发展目标", Mine: "到 2028 年集聚企业 300 家。", Theirs: "到 2028 年集聚企业 280 家,其中规模以上 40 家。"}},
		})},
	}
}

func tableSamples() []sample {
	columns := []views.Column{
		{Label: "编号", Keep: true, Sort: "?sort=number", Sorted: views.Descending}, {Label: "示范区"}, {Label: "当前步骤"},
		{Label: "配套资金", Unit: "万元", Numeric: true, Sort: "?sort=fund"}, {Label: "期限", Keep: true}, {Label: "操作"},
	}
	row := func(number, name string, fen int64, clock views.Clock, tone views.Tone) views.Row {
		return views.Row{ID: number, Name: name, Tone: tone, Cells: []views.Cell{
			{Text: number, Href: "/applications/" + number}, {Text: name, Sub: "渝中区人民政府"},
			{View: views.StateBadge(views.Badge{Label: "受理审查", Tone: views.Active})}, {Text: wording.Wan(fen)},
			{View: views.ClockBadge(clock)}, {View: views.ActionButton(views.Action{Label: "审查", Get: true, Href: "#check"})},
		}}
	}
	table := views.Table{Caption: "待办案件", Select: "cases", Columns: columns, Rows: []views.Row{
		row("CQ-2026-0017", "渝中区化龙桥专业服务(法律服务)集聚示范区", 1_234_567_800, views.Clock{Left: 3}, ""),
		row("CQ-2026-0012", "奉节县中国诗城文化旅游集聚示范区", 86_000_000, views.Clock{Left: 2, Overdue: true}, views.Bad),
		row("CQ-2026-0009", "渝北区新牌坊金融服务集聚示范区", 99_950_000_000, views.Clock{Pause: true}, ""),
	}, Foot: &views.Row{Cells: views.Cells("合计", "", "", "101,270.57", "", "")}}
	return []sample{
		{"DataTable", templ.Join(views.DataTable(table), views.DataTable(views.Table{Empty: views.Empty{
			Text: "没有待办事项", Help: "有案件转到您这里时会出现在这里,并发送消息。", Action: &views.Action{Label: "查看已办", Get: true, Href: "?box=done"},
		}}))},
		{"EmptyState", views.EmptyState(views.Empty{Text: "还没有材料"})},
		{"PagerLinks", views.PagerLinks(views.Pager{First: "?", Next: "?after=abc", Shown: 50})},
		{"DefinitionList", views.DefinitionList([]views.Item{{Term: "文号", Text: "渝中府文〔2026〕12号"}})},
		{"DiffTable", templ.Join(views.DiffTable(views.Comparison{Before: "第 2 版", After: "第 3 版", Rows: []views.Diff{
			{Label: "南至", Before: "虎头岩", After: "虎头岩隧道北口", Kind: views.Changed, Href: "#south"},
			{Label: "承诺函", After: "承诺函(盖章).pdf", Kind: views.Added}, {Label: "联系人", Before: "演示甲", Kind: views.Removed},
			{Label: "名称", Before: "化龙桥", After: "化龙桥", Kind: views.Same},
		}}), views.DiffTable(views.Comparison{}))},
	}
}

func widgetSamples() []sample {
	figures := views.Table{Caption: "各步骤办理时长", Columns: []views.Column{{Label: "步骤"}, {Label: "中位数", Numeric: true, Unit: "工作日"}, {Label: "九成以内", Numeric: true, Unit: "工作日"}}, Rows: []views.Row{
		{Cells: []views.Cell{{Text: "受理审查"}, {Text: "3", Href: "/list?step=check"}, {Text: "5"}}},
		{Cells: []views.Cell{{Text: "征求意见"}, {Text: "6"}, {Text: "9"}}},
		{Cells: []views.Cell{{Text: "专家评审"}, {Text: "12"}, {Text: "1,0"}}},
	}}
	return []sample{
		{"FileDrop", templ.Join(
			views.FileDrop(views.Upload{ID: "letter", Label: "区县政府请示", Help: "盖章扫描件,含文号。", Required: true, Accept: []string{".pdf", ".ofd"}, MaxBytes: 20 << 20, Many: true,
				Ticket: "/upload/tickets", Complete: "/upload/{id}/complete", Fields: map[string]string{"slot": "letter"}, Refresh: "/upload/list", Target: "#files"}),
			views.FileDrop(views.Upload{ID: "audit", Label: "审计报告", Closed: "已提交,不能再添加材料。", Error: "审计报告:文件无法打开,请重新上传。"}),
		)},
		{"BoundaryMap", templ.Join(
			views.BoundaryMap(views.Boundary{Field: views.Field{Name: "boundary", Label: "示范区边界", Required: true, Value: squareText}, Outline: "/geo/outline", Zones: "/geo/zones", Check: "/geo/check"}),
			views.BoundaryMap(views.Boundary{Field: views.Field{Name: "shown", Label: "全市示范区", ReadOnly: true}, Zones: "/geo/zones"}),
		)},
		{"ChartBox", templ.Join(
			views.ChartBox(views.Chart{Kind: views.Columns, Title: "各步骤办理时长", Table: figures}),
			views.ChartBox(views.Chart{Kind: views.Bars, Title: "各步骤办理时长(条形)", Table: figures, Closed: true, Stack: true}),
			views.ChartBox(views.Chart{Kind: views.Shares, Title: "占比", Table: figures, Closed: true}),
			views.ChartBox(views.Chart{Kind: views.Lines, Title: "走势", Table: figures, Closed: true}),
		)},
		{"SplitScreen", within(views.SplitScreen(views.Panel("材料")), views.Panel("审查"))},
	}
}

// squareText is a square of a hundredth of a degree on a made-up spot.
const squareText = `{"type":"Polygon","coordinates":[[[106.5,29.55],[106.51,29.55],[106.51,29.56],[106.5,29.56],[106.5,29.55]]]}`

// joined is the gallery as one page.
func joined(names *[]string) []templ.Component {
	var all []templ.Component
	for _, s := range gallery() {
		*names = append(*names, s.name)
		all = append(all, s.view)
	}
	return append(all, templ.Raw(`<div id="files"></div>`))
}
