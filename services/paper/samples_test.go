package paper

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

var sharedPress = sync.OnceValues(New)

func press(t testing.TB) *Press {
	t.Helper()
	p, err := sharedPress()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var issued = time.Date(2026, 3, 2, 1, 30, 0, 0, time.UTC)

const checkURL = "https://zone.example.gov.cn/check/ZJZ-2026-0007?k=9f2c41d07ab3"

func sampleCertificate() CertificateData {
	return CertificateData{
		Number:  "渝服集示证〔2026〕0007号",
		Zone:    "沙坪坝区重庆西部现代物流园现代物流集聚示范区",
		Unit:    "重庆市沙坪坝区人民政府",
		Body:    "重庆西部现代物流园管理委员会",
		Sectors: []string{"国际物流及城乡配送", "电子商务及跨境结算", "保税商品展示及保税贸易"},
		Area:    "12.50 平方公里", ValidFrom: "2026年3月2日", ValidTo: "2029年3月1日",
		DocumentNumber: "渝发改服务〔2026〕118号", DocumentDate: "2026年2月27日",
		Issuer: "重庆市发展和改革委员会", IssueDate: "2026年3月2日",
		CheckURL: checkURL, Issued: issued, Demo: true,
	}
}

func sampleFiles(n int) []File {
	slots := []string{"四至范围图", "发展规划", "入驻企业名录", "要素保障承诺书", "配套资金承诺文件", "请示", "真实性承诺书"}
	files := make([]File, n)
	for i := range files {
		slot := slots[i%len(slots)]
		files[i] = File{
			Slot: slot, Name: fmt.Sprintf("%s（第%d版）2026-02-1%d.pdf", slot, i/len(slots)+1, i%10),
			Size: fmt.Sprintf("%d.%d MB", i+1, i%10), SHA256: strings.Repeat(fmt.Sprintf("%02x9c4e7b", i), 8),
		}
	}
	return files
}

const sampleHash = "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730"

func sampleReceipt() ReceiptData {
	return ReceiptData{
		Number: "SJ-2026-000123", Unit: "重庆市沙坪坝区人民政府",
		Zone:    "沙坪坝区重庆西部现代物流园现代物流集聚示范区",
		Version: "第2版（补正后）", Time: "2026年2月9日 16:42:07", Hash: sampleHash,
		Rows:  []Row{{"申报批次", "2026年第一批"}, {"审签人", "演示人员甲"}},
		Files: sampleFiles(7), Issuer: "重庆市发展和改革委员会", CheckURL: checkURL, Issued: issued, Demo: true,
		Note: "本回执仅证明材料已收到，不表示材料已通过核对。逾期未作出受理决定的，自收件之日起视为受理。",
	}
}

func longText(n int) string {
	source := []rune("园区以国际物流、城乡配送为主导，依托铁路口岸（含“渝新欧”班列）建设立体开放口岸体系；" +
		"2025年营业收入386.42亿元，同比增长12.7%，入驻企业1,284家，其中规模以上企业96家。" +
		"主要任务包括：（一）完善三级配送网络——分拨中心、配送中心、末端网点；（二）推广Warehouse Management System等信息系统，" +
		"接口见https://wms.example.cn/api/v2/inventory;（三）单位面积产出不低于3.2亿元/㎡×10⁴，能耗下降5‰，冷库温度保持在-18℃以下……" +
		"《重庆市现代物流业发展规划》明确①通道②枢纽③网络三个层次，“通道带物流、物流带经贸、经贸带产业”。")
	out := make([]rune, n)
	for i := range out {
		out[i] = source[i%len(source)]
	}
	return string(out)
}

func sampleBook() BookData {
	firms := Table{Caption: "表1 入驻企业名录（节选）", Numbered: true, Columns: []Column{
		{Title: "企业名称", Share: 4}, {Title: "统一社会信用代码", Share: 2.6}, {Title: "领域", Share: 2},
		{Title: "营业收入（万元）", Share: 1.8, Align: Right},
	}}
	for i := range 60 {
		firms.Rows = append(firms.Rows, []string{
			fmt.Sprintf("演示物流企业%d有限责任公司", i+1), fmt.Sprintf("91500106MA5TEST%03d", i),
			"国际物流及城乡配送", fmt.Sprintf("%d.%02d", 1200+37*i, i),
		})
	}
	goals := Table{Caption: "表2 发展目标", Columns: []Column{
		{Title: "指标", Share: 2.4}, {Title: "2025年（基期）", Align: Right}, {Title: "2026年", Align: Right},
		{Title: "2027年", Align: Right}, {Title: "2028年", Align: Right},
	}, Rows: [][]string{
		{"营业收入（亿元）", "386.42", "430.00", "480.00", "540.00"},
		{"增加值（亿元）", "121.08", "134.50", "150.20", "168.00"},
		{"税收（亿元）", "14.60", "16.10", "18.00", "20.50"},
		{"从业人员（人）", "23,410", "25,000", "27,200", "30,000"},
	}}
	return BookData{
		Title: "战略性新兴服务业集聚示范区申报书", Subtitle: "沙坪坝区重庆西部现代物流园现代物流集聚示范区",
		Number: "SB-2026-01-0123", Hash: sampleHash,
		Cover: []Row{
			{"申报单位", "重庆市沙坪坝区人民政府"}, {"申报批次", "2026年第一批"},
			{"发展主体", "重庆西部现代物流园管理委员会"}, {"材料版本", "第2版"}, {"提交时间", "2026年2月9日 16:42"},
		},
		Sections: []Section{
			{Title: "一、发展主体", Rows: []Row{
				{"名称", "重庆西部现代物流园管理委员会"}, {"性质", "管委会"}, {"统一社会信用代码", "11500106MB1TEST01X"},
				{"法定代表人", "演示人员甲"}, {"专职管理人员", "12 人"}, {"联系方式", "演示人员乙，023-00000000"},
			}},
			{Title: "二、四至范围", Rows: []Row{
				{"东至", "中梁山隧道西口、土主镇三圣宫村村界"}, {"南至", "渝遂高速公路"}, {"西至", "梁滩河东岸"}, {"北至", "土主镇明珠山村"},
				{"面积", "12.50 平方公里（系统计算 12.48 平方公里，相差 0.16%）"},
			}},
			{Title: "三、发展目标", Tables: []Table{goals}},
			{Title: "四、业态特色", Paragraphs: []string{longText(620), longText(340)}, Tables: []Table{firms}},
			{Title: "五、功能定位", Rows: []Row{{"功能区域", "都市功能拓展区"}, {"定位说明", longText(1500)}, {"规划平台", "多式联运监管中心"}}},
		},
		Files: sampleFiles(12), CheckURL: checkURL, Issued: issued, Demo: true, Draft: true,
	}
}

func sampleLetter() LetterData {
	return LetterData{
		Heading: "重庆市发展和改革委员会", Number: "渝发改服务补〔2026〕12号",
		Title:     "关于补正战略性新兴服务业集聚示范区申报材料的通知",
		Addressee: "沙坪坝区人民政府",
		Paragraphs: []string{
			"你单位2026年2月2日报送的《战略性新兴服务业集聚示范区申报书》（编号SB-2026-01-0123）收悉。经核对，下列内容不齐全或者不符合要求，现一次性告知如下。",
		},
		Items: Table{Numbered: true, Columns: []Column{{Title: "补正位置", Share: 2}, {Title: "存在的问题", Share: 4}, {Title: "补正要求", Share: 4}}, Rows: [][]string{
			{"四至范围", "填报面积12.50平方公里，与边界坐标计算面积11.20平方公里相差11.6%。", "核实边界坐标或者面积，两者相差不超过5%。"},
			{"入驻企业名录", "第17行、第32行统一社会信用代码校验位不正确。", "更正后重新上传名录。"},
			{"配套资金", "未附资金来源文件。", "上传区财政局出具的资金承诺文件，并填写文号。"},
		}},
		Closing: []string{
			"请于2026年2月27日前通过申报系统提交补正材料。逾期未补正的，视为撤回申报。",
			"特此通知。",
		},
		Attachments: []string{"申报材料核对表", "四至范围坐标比对图"},
		Issuer:      "重庆市发展和改革委员会", Date: "2026年2月11日",
		CheckURL: checkURL, Issued: issued, Demo: true,
	}
}
