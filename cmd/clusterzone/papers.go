package main

import (
	"context"
	"fmt"
	"strconv"

	"clusterzone/services/application"
	"clusterzone/services/attachment"
	"clusterzone/services/database"
	"clusterzone/services/fault"
	"clusterzone/services/identity"
	"clusterzone/services/paper"
	"clusterzone/services/wording"
)

// papers prints what people download; each paper is made of the stored version alone, so that
// it can be made again with the same content.
type papers struct{ a *app }

func (a *app) papers() papers { return papers{a} }

// QR draws a text as a PNG.
func (papers) QR(text string) ([]byte, error) { return paper.QRPNG(text, 240) }

// Receipt prints the receipt of a submitted version; version 0 is the newest.
func (p papers) Receipt(ctx context.Context, actor identity.Actor, id string, version int) ([]byte, error) {
	v, app, err := p.version(ctx, actor, id, version)
	if err != nil {
		return nil, err
	}
	signer, err := p.name(ctx, v.SignedBy)
	if err != nil {
		return nil, err
	}
	return p.a.press.Receipt(paper.ReceiptData{Number: app.Number, Unit: p.unit(app.Unit), Zone: app.Name, Version: "第 " + strconv.Itoa(v.No) + " 版",
		Time: wording.DateTime(wording.ZH, v.SignedAt) + "（北京时间）", Hash: v.Digest, Files: p.files(app, v.Files), Issuer: "重庆市发展和改革委员会", CheckURL: p.url(id),
		Rows: []paper.Row{{Label: "申报批次", Value: app.RoundName}, {Label: "签发人", Value: signer}, {Label: "校验算法", Value: "SHA-256，覆盖全部字段与文件清单"}},
		Note: "本回执证明材料已收到，不表示已受理或已认定。受理情况以受理通知书为准。", Issued: v.SignedAt, Demo: app.Demo})
}

// Book prints the whole application; version 0 is the newest submitted one, before the first
// the draft, and -1 the draft in any case. A draft carries its mark, and the digest that its
// signature would have now.
func (p papers) Book(ctx context.Context, actor identity.Actor, id string, version int) ([]byte, error) {
	v, app, err := p.version(ctx, actor, id, version)
	draft := fault.Is(err, fault.NotFound) && app.ID != "" && app.Working && version <= 0 && (version < 0 || app.SubmittedNo == 0)
	if err != nil && !draft {
		return nil, err
	}
	if draft {
		v = application.VersionView{Content: app.Content, Files: app.Files, SignedAt: app.UpdatedAt}
		if v.Digest, err = application.DigestOf(app.Name, app.Content, app.Files); err != nil {
			return nil, err
		}
	}
	return p.a.press.Book(paper.BookData{Title: app.Name, Subtitle: "战略性新兴服务业集聚示范区申报书", Number: app.Number, Hash: v.Digest,
		Cover:    []paper.Row{{Label: "申报单位", Value: p.unit(app.Unit)}, {Label: "申报批次", Value: app.RoundName}, {Label: "提交版本", Value: versionText(v, draft)}},
		Sections: p.sections(v.Content), Files: p.files(app, v.Files), CheckURL: p.url(id), Issued: v.SignedAt, Draft: draft, Demo: app.Demo})
}

func versionText(v application.VersionView, draft bool) string {
	if draft {
		return "草稿(未提交)"
	}
	return fmt.Sprintf("第 %d 版 · %s", v.No, wording.DateTime(wording.ZH, v.SignedAt))
}

// version returns the asked version besides the application as the actor sees it.
func (p papers) version(ctx context.Context, actor identity.Actor, id string, no int) (application.VersionView, application.View, error) {
	app, err := p.a.applications.View(ctx, actor, id)
	if err != nil {
		return application.VersionView{}, app, err
	}
	all, err := p.a.applications.Versions(ctx, actor, id)
	if err != nil {
		return application.VersionView{}, app, err
	}
	if no == 0 {
		no = len(all)
	}
	if no < 1 || no > len(all) {
		return application.VersionView{}, app, fault.Missing()
	}
	return all[no-1], app, nil
}

func (p papers) url(id string) string { return p.a.cfg.publicURL() + "/applications/" + id }

func (p papers) unit(code string) string {
	if u, ok := p.a.book.Unit(code); ok {
		return u.Name.ZH
	}
	return code
}

// name is a person's name.
func (p papers) name(ctx context.Context, id string) (name string, err error) {
	err = p.a.db.View(ctx, func(tx *database.Tx) error {
		names, err := identity.Names(tx, []string{id})
		name = names[id]
		return err
	})
	return name, err
}

func (p papers) files(app application.View, files []attachment.Attachment) []paper.File {
	out := make([]paper.File, 0, len(files))
	for _, f := range files {
		out = append(out, paper.File{Slot: slotName(app, f.Slot), Name: f.Name, Size: fileSize(f.Size), SHA256: f.SHA256})
	}
	return out
}

// slotName is what a file is: its slot of the rule set the case was filed under, or the answer
// to a correction item that it belongs to.
func slotName(app application.View, code string) string {
	if item, ok := application.AnswerItemOf(code); ok {
		for i, it := range app.Items {
			if it.ID == item {
				return "补正第 " + strconv.Itoa(i+1) + " 项的说明材料"
			}
		}
		return "此前补正的说明材料"
	}
	for _, s := range app.Slots {
		if s.Code == code {
			return s.Name.ZH
		}
	}
	return code
}
